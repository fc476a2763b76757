#!/bin/sh
# Makes the migrated, empty database of a role: template.sh bank|notary TARGET
#
# Corda's own migration runs, as it would on a new node. It wants the keystores of a node to be there,
# so they are made here with keys that live in a temporary folder for as long as this script runs. The
# database says nothing about the node that it was made for.
set -eu

role=$1
target=$2
password=throw-away-password
name='O=Template, L=London, C=GB'

# Corda asks for the address of its own host, which not every builder puts into the container's file.
grep -qs "$(uname -n)" /etc/hosts || echo "127.0.0.1 $(uname -n)" >>/etc/hosts

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/certificates"
cd "$work"

keys() {
    keytool "$@" -keystore keys.jks -storetype jks -storepass "$password" 2>keytool.log || {
        cat keytool.log >&2
        return 1
    }
}

# The extension that tells Corda what a certificate is for: an ASN.1 integer, as hexadecimal bytes.
role_extension() {
    echo "1.3.6.1.4.1.50530.1.1=02:01:0$1"
}

# new ALIAS NAME
new() {
    keys -genkeypair -alias "$1" -dname "$2" -keypass "$password" -validity 2 \
        -keyalg EC -keysize 256 -sigalg SHA256withECDSA -ext bc:critical=ca:true -ext ku=digitalSignature,keyCertSign,cRLSign
}

# issue ALIAS ISSUER ROLE NAME EXTENSION...
issue() {
    alias=$1 issuer=$2 number=$3 subject=$4
    shift 4
    new "$alias" "$subject"
    keys -certreq -alias "$alias" -file request.pem
    keys -gencert -alias "$issuer" -infile request.pem -outfile certificate.pem -rfc -validity 2 \
        -sigalg SHA256withECDSA -ext "$(role_extension "$number")" "$@"
    keys -importcert -alias "$alias" -file certificate.pem -noprompt
}

authority='bc:critical=ca:true'
new root 'CN=Template Root, O=Template, L=London, C=GB'
issue doorman root 1 'CN=Template Identity Manager, O=Template, L=London, C=GB' \
    -ext "$authority" -ext ku=digitalSignature,keyCertSign,cRLSign -ext eku=clientAuth
issue cordaclientca doorman 4 "$name" \
    -ext "$authority" -ext ku=digitalSignature,keyCertSign,cRLSign -ext eku=clientAuth
issue cordaclienttls cordaclientca 5 "$name" \
    -ext bc:critical=ca:false -ext ku=digitalSignature,keyEncipherment,keyAgreement -ext eku=serverAuth,clientAuth
issue identity-private-key cordaclientca 6 "$name" \
    -ext "$authority" -ext ku=digitalSignature,keyCertSign -ext eku=clientAuth

cp keys.jks certificates/nodekeystore.jks
cp keys.jks certificates/sslkeystore.jks
keys -exportcert -alias root -file root.cer
keytool -importcert -alias cordarootca -file root.cer -noprompt \
    -keystore certificates/truststore.jks -storetype jks -storepass "$password" 2>&1
rm keys.jks

cat >node.conf <<CONF
myLegalName = "$name"
devMode = false
keyStorePassword = "$password"
trustStorePassword = "$password"
p2pAddress = "localhost:10002"
rpcSettings { address = "localhost:10003", adminAddress = "localhost:10004" }
dataSourceProperties {
    dataSourceClassName = org.h2.jdbcx.JdbcDataSource
    dataSource.url = "jdbc:h2:file:$work/persistence"
    dataSource.user = sa
    dataSource.password = ""
}
CONF
case $role in
notary) echo 'notary { validating = false }' >>node.conf ;;
bank) ;;
*)
    echo "there are templates for bank and notary, not for $role" >&2
    exit 2
    ;;
esac

/opt/corda/bin/corda run-migration-scripts --core-schemas --app-schemas
mkdir -p "$target"
mv persistence.mv.db "$target/"
# Whoever begins with the template can see that it was this Corda which made it.
sha256sum /opt/corda/corda.jar >"$target/migrated-by"
