package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/netip"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/wait"
	corelisters "k8s.io/client-go/listers/core/v1"
	"k8s.io/cloud-provider/service/helpers"
	"k8s.io/klog/v2"
)

const (
	// Faster than Azure, which asks every five seconds, so that tests need not wait. The threshold is Azure's.
	probePeriod    = time.Second
	probeThreshold = 2
	// kube-proxy's own health, which is asked where any node will do.
	kubeProxyPort = 10256
	// How connections keep to their nodes when another joins: what was silent for a minute may move, and after two
	// minutes whatever must, or else a node could wait for ever to be given its share. Azure knows each connection and
	// moves none.
	spread = "type resilient buckets 1024 idle_timer 60 unbalanced_timer 120"
)

// gateway keeps the kernel's routes as Services and health probes have them. Each frontend is a resilient group of
// next hops, over which the kernel spreads connections.
type gateway struct {
	device   string
	subnet   netip.Prefix
	services corelisters.ServiceLister
	nodes    corelisters.NodeLister
	client   http.Client
	// How often each probe has failed in a row.
	failures map[probe]int
	// What the kernel was told; nil if that is not known.
	groups map[netip.Addr][]netip.Addr
	filter string
}

type probe struct {
	node netip.Addr
	port int32
}

type frontend struct {
	ports  []string
	probes []probe
}

func newGateway(device string, subnet netip.Prefix, services corelisters.ServiceLister, nodes corelisters.NodeLister) *gateway {
	return &gateway{
		device: device, subnet: subnet.Masked(), services: services, nodes: nodes,
		client: http.Client{Timeout: probePeriod},
	}
}

func (g *gateway) run(ctx context.Context) {
	wait.UntilWithContext(ctx, func(ctx context.Context) {
		if err := g.sync(ctx); err != nil {
			klog.ErrorS(err, "The gateway is not as it should be")
		}
	}, probePeriod)
}

func (g *gateway) sync(ctx context.Context) error {
	frontends, err := g.frontends()
	if err != nil {
		return err
	}
	g.failures = g.ask(ctx, frontends)
	if filter := g.filterText(frontends); filter != g.filter {
		if err := feed(ctx, filter, "nft", "--file", "-"); err != nil {
			return err
		}
		g.filter = filter
	}
	groups := g.healthy(frontends)
	if changes := g.routeChanges(groups); changes != "" {
		// Whatever part of it fails, the next try starts from nothing.
		g.groups = nil
		if err := feed(ctx, changes, "ip", "-batch", "-"); err != nil {
			return err
		}
		klog.InfoS("Forwarding", "frontends", groups)
	}
	g.groups = groups
	return nil
}

// frontends returns the ports and health probes of each address, as Services and nodes say.
func (g *gateway) frontends() (map[netip.Addr]frontend, error) {
	services, err := g.services.List(labels.Everything())
	if err != nil {
		return nil, err
	}
	nodes, err := g.nodeAddresses()
	if err != nil {
		return nil, err
	}
	found := map[netip.Addr]frontend{}
	for _, service := range services {
		address, ok := given(service, g.subnet)
		if !ok || service.Spec.Type != core.ServiceTypeLoadBalancer || service.DeletionTimestamp != nil {
			continue
		}
		one := frontend{}
		for _, port := range service.Spec.Ports {
			one.ports = append(one.ports, fmt.Sprintf("%s . %s . %d", address, strings.ToLower(string(port.Protocol)), port.Port))
		}
		port := int32(kubeProxyPort)
		if _, own := helpers.GetServiceHealthCheckPathPort(service); own != 0 {
			port = own
		}
		for _, node := range nodes {
			one.probes = append(one.probes, probe{node, port})
		}
		found[address] = one
	}
	return found, nil
}

func (g *gateway) nodeAddresses() ([]netip.Addr, error) {
	nodes, err := g.nodes.List(labels.Everything())
	if err != nil {
		return nil, err
	}
	var found []netip.Addr
	for _, node := range nodes {
		if _, excluded := node.Labels[core.LabelNodeExcludeBalancers]; excluded {
			continue
		}
		for _, each := range node.Status.Addresses {
			if address, err := netip.ParseAddr(each.Address); err == nil && each.Type == core.NodeInternalIP && address.Is4() {
				found = append(found, address)
			}
		}
	}
	slices.SortFunc(found, netip.Addr.Compare)
	return found, nil
}

// ask probes every node once and returns how often each probe has failed in a row. A new one counts as failed.
func (g *gateway) ask(ctx context.Context, frontends map[netip.Addr]frontend) map[probe]int {
	failures := map[probe]int{}
	var group sync.WaitGroup
	var mutex sync.Mutex
	for _, one := range frontends {
		for _, each := range one.probes {
			mutex.Lock()
			_, asked := failures[each]
			if !asked {
				failures[each] = probeThreshold
			}
			mutex.Unlock()
			if asked {
				continue
			}
			group.Go(func() {
				answered := g.answers(ctx, each)
				mutex.Lock()
				defer mutex.Unlock()
				if answered {
					failures[each] = 0
				} else if before, known := g.failures[each]; known {
					failures[each] = before + 1
				}
			})
		}
	}
	group.Wait()
	return failures
}

func (g *gateway) answers(ctx context.Context, each probe) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://%s:%d/healthz", each.node, each.port), nil)
	if err != nil {
		return false
	}
	answer, err := g.client.Do(request)
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	// An answer that was read to its end leaves its connection for the next probe.
	_, err = io.Copy(io.Discard, answer.Body)
	return err == nil && answer.StatusCode == http.StatusOK
}

// healthy returns the nodes that each frontend leads to, without those frontends that have none.
func (g *gateway) healthy(frontends map[netip.Addr]frontend) map[netip.Addr][]netip.Addr {
	groups := map[netip.Addr][]netip.Addr{}
	for address, one := range frontends {
		for _, each := range one.probes {
			if g.failures[each] < probeThreshold {
				groups[address] = append(groups[address], each.node)
			}
		}
	}
	return groups
}

// routeChanges returns lines for `ip -batch` that lead from the groups that the kernel has to those that it should have.
func (g *gateway) routeChanges(groups map[netip.Addr][]netip.Addr) string {
	var lines strings.Builder
	if g.groups == nil {
		// As Azure does, give no answer at all for an address that nobody serves.
		fmt.Fprintf(&lines, "nexthop flush\nroute replace blackhole %s\n", g.subnet)
	}
	for _, address := range slices.SortedFunc(maps.Keys(groups), netip.Addr.Compare) {
		if slices.Equal(g.groups[address], groups[address]) {
			continue
		}
		var members []string
		for _, node := range groups[address] {
			fmt.Fprintf(&lines, "nexthop replace id %d via %s dev %s\n", hop(node), node, g.device)
			members = append(members, fmt.Sprint(hop(node)))
		}
		fmt.Fprintf(&lines, "nexthop replace id %d group %s %s\n", hop(address), strings.Join(members, "/"), spread)
		fmt.Fprintf(&lines, "route replace %s/32 nhid %d\n", address, hop(address))
	}
	for address := range g.groups {
		if _, kept := groups[address]; !kept {
			// Its route goes with it.
			fmt.Fprintf(&lines, "nexthop delete id %d\n", hop(address))
		}
	}
	return lines.String()
}

// filterText returns the table for nft that lets packets through to the Services' ports and to no others, which would
// come back from the node as nobody's.
func (g *gateway) filterText(frontends map[netip.Addr]frontend) string {
	var ports []string
	for _, one := range frontends {
		ports = append(ports, one.ports...)
	}
	elements := ""
	if len(ports) > 0 {
		slices.Sort(ports)
		elements = "elements = { " + strings.Join(ports, ", ") + " }"
	}
	return fmt.Sprintf(`
table ip load-balancers
delete table ip load-balancers
table ip load-balancers {
	set frontends {
		type ipv4_addr . inet_proto . inet_service
		%s
	}
	chain forward {
		type filter hook forward priority filter; policy drop;
		ip daddr . meta l4proto . th dport @frontends accept
	}
}
`, elements)
}

// hop returns the number by which the kernel knows a next hop or a group of them: the address itself.
func hop(address netip.Addr) uint32 {
	bytes := address.As4()
	return binary.BigEndian.Uint32(bytes[:])
}

func feed(ctx context.Context, text, program string, arguments ...string) error {
	command := exec.CommandContext(ctx, program, arguments...)
	command.Stdin = strings.NewReader(text)
	var complaint bytes.Buffer
	command.Stderr = &complaint
	if err := command.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", program, err, strings.TrimSpace(complaint.String()))
	}
	return nil
}
