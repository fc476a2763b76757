// CoreDNS with the few plugins that the local cluster's Corefile names.
//
// The stock binary spends nearly five minutes compiling plugins for clouds
// that the local cluster never talks to.
package main

import (
	"github.com/coredns/coredns/core/dnsserver"
	"github.com/coredns/coredns/coremain"

	_ "github.com/coredns/coredns/plugin/cache"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/health"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/ready"
	_ "github.com/coredns/coredns/plugin/reload"
	_ "github.com/coredns/coredns/plugin/rewrite"
	_ "github.com/coredns/coredns/plugin/template"
)

func main() {
	// The order of the plugin chain: as in CoreDNS' own plugin.cfg, but for template, which is last
	// here and answers whatever is nobody's.
	dnsserver.Directives = []string{
		"reload", "errors", "health", "ready", "cache", "rewrite", "kubernetes", "template",
	}
	coremain.Run()
}
