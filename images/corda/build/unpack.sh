#!/bin/sh
# Unpacks the capsule, so that no start has to: unpack.sh CORDA_JAR
#
# `corda.jar` is a capsule: a small program that unpacks the node's archives and starts a second JVM with
# the class path and the agent its manifest asks for. Here it is asked to do the first and to print the
# second, so that our launcher starts exactly what the capsule would, without the JVM in between.
set -eu

jar=$1
home=$(dirname "$jar")

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

mkdir -p "$CAPSULE_CACHE_DIR"
java -Dcapsule.trampoline -jar "$jar" --version </dev/null >command

# One word a line, without its quotes.
sed 's/" "/\n/g; s/^"//; s/"$//' command >words
sed -n '/^-classpath$/{n;p}' words >"$home/classpath"
# What the node is told about its capsule; the JVM's own options are left to the launcher.
grep -e '^-javaagent:' -e '^-D\(capsule\|visualvm\)\.' words >"$home/arguments"

if [ ! -s "$home/classpath" ] || [ "$(grep -c '^-javaagent:' "$home/arguments")" != 1 ]; then
    echo "the capsule's command should have a class path and one agent:" >&2
    cat command >&2
    exit 1
fi
