package main

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"time"

	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/cloud-provider/api"
)

const (
	// As cloud-provider-azure names it (pkg/consts).
	addressAnnotation = "service.beta.kubernetes.io/azure-load-balancer-ipv4"
	// Azure keeps the first four addresses of each subnet, and the last, to itself.
	reservedAtStart = 4
	retryTaken      = 5 * time.Second
)

// addresses is the service controller's load balancer: it gives each Service an address until it has to let go of it.
// It needs no store, since what it gave is written in the Services' status.
type addresses struct {
	subnet netip.Prefix
	mutex  sync.Mutex
	held   map[types.UID]holding
}

type holding struct {
	address netip.Addr
	service string
}

func newAddresses(subnet netip.Prefix) *addresses {
	return &addresses{subnet: subnet.Masked(), held: map[types.UID]holding{}}
}

// remember takes note of the addresses that Services have.
func (a *addresses) remember(services []*core.Service) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	for _, service := range services {
		if address, ok := given(service, a.subnet); ok {
			a.held[service.UID] = holding{address, name(service)}
		}
	}
}

func (a *addresses) GetLoadBalancer(_ context.Context, _ string, service *core.Service) (*core.LoadBalancerStatus, bool, error) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	mine, ok := a.held[service.UID]
	return status(mine.address), ok, nil
}

func (a *addresses) GetLoadBalancerName(_ context.Context, cluster string, _ *core.Service) string {
	return cluster
}

func (a *addresses) EnsureLoadBalancer(_ context.Context, _ string, service *core.Service, _ []*core.Node) (*core.LoadBalancerStatus, error) {
	for _, port := range service.Spec.Ports {
		if port.Protocol == core.ProtocolSCTP {
			return nil, fmt.Errorf("port %d asks for SCTP: as on Azure, load balancers carry TCP and UDP", port.Port)
		}
	}
	a.mutex.Lock()
	defer a.mutex.Unlock()
	address, err := a.choose(service)
	if err != nil {
		return nil, err
	}
	a.held[service.UID] = holding{address, name(service)}
	return status(address), nil
}

// UpdateLoadBalancer has nothing to do: the gateway looks at the nodes itself.
func (a *addresses) UpdateLoadBalancer(context.Context, string, *core.Service, []*core.Node) error {
	return nil
}

func (a *addresses) EnsureLoadBalancerDeleted(_ context.Context, _ string, service *core.Service) error {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	delete(a.held, service.UID)
	return nil
}

func (a *addresses) choose(service *core.Service) (netip.Addr, error) {
	taken := map[netip.Addr]string{}
	for uid, other := range a.held {
		if uid != service.UID {
			taken[other.address] = other.service
		}
	}
	wish, field := service.Annotations[addressAnnotation], "annotation "+addressAnnotation
	if wish == "" {
		wish, field = service.Spec.LoadBalancerIP, "spec.loadBalancerIP"
	}
	if wish != "" {
		address, err := netip.ParseAddr(wish)
		if err != nil || !a.usable(address) {
			return address, fmt.Errorf("%s asks for %q: expected an address of the load balancers' subnet %s, whose first %d and last are reserved",
				field, wish, a.subnet, reservedAtStart)
		}
		if other, ok := taken[address]; ok {
			return address, api.NewRetryError(fmt.Sprintf("%s asks for %s, which Service %s has", field, wish, other), retryTaken)
		}
		return address, nil
	}
	if mine, ok := a.held[service.UID]; ok {
		return mine.address, nil
	}
	for address := a.subnet.Addr(); a.subnet.Contains(address); address = address.Next() {
		if _, ok := taken[address]; !ok && a.usable(address) {
			return address, nil
		}
	}
	return netip.Addr{}, api.NewRetryError(fmt.Sprintf("all addresses of the load balancers' subnet %s are taken", a.subnet), retryTaken)
}

func (a *addresses) usable(address netip.Addr) bool {
	start := a.subnet.Addr()
	for range reservedAtStart {
		start = start.Next()
	}
	return a.subnet.Contains(address) && !address.Less(start) && a.subnet.Contains(address.Next())
}

// given returns the address of the subnet that a Service has got, if it is for us to serve.
func given(service *core.Service, subnet netip.Prefix) (netip.Addr, bool) {
	if service.Spec.LoadBalancerClass == nil {
		for _, ingress := range service.Status.LoadBalancer.Ingress {
			if address, err := netip.ParseAddr(ingress.IP); err == nil && subnet.Contains(address) {
				return address, true
			}
		}
	}
	return netip.Addr{}, false
}

func status(address netip.Addr) *core.LoadBalancerStatus {
	mode := core.LoadBalancerIPModeVIP
	return &core.LoadBalancerStatus{Ingress: []core.LoadBalancerIngress{{IP: address.String(), IPMode: &mode}}}
}

func name(service *core.Service) string { return service.Namespace + "/" + service.Name }
