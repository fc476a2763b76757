// Load balancers for a cluster without a cloud, which behave as Azure's do: an address for each Service of type
// LoadBalancer, and packets for it brought unchanged to a node whose health probe answers ("floating IP").
//
// Kubernetes' own service controller decides which Services want one, keeps finalizers and writes status and events.
// It is given addresses by addresses.go. gateway.go tells the kernel of this program's network namespace where to
// forward to: the program never touches a connection, so its end disturbs none.
package main

import (
	"context"
	"flag"
	"net/netip"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	cloud "k8s.io/cloud-provider"
	"k8s.io/cloud-provider/controllers/service"
	controllersmetrics "k8s.io/component-base/metrics/prometheus/controllers"
	"k8s.io/klog/v2"
)

const workers = 4

// provider is all of a cloud that the service controller asks for; it calls nothing else of the interface.
type provider struct {
	cloud.Interface
	addresses *addresses
}

func (p provider) ProviderName() string                     { return "corda-operator-local" }
func (p provider) LoadBalancer() (cloud.LoadBalancer, bool) { return p.addresses, true }

func main() {
	cluster := flag.String("cluster", "", "the cluster's name")
	kubeconfig := flag.String("kubeconfig", "", "how to reach the cluster")
	addressRange := flag.String("range", "", "the subnet of the load balancers' addresses")
	device := flag.String("device", "", "the interface towards the nodes, in this program's network namespace")
	klog.InitFlags(nil)
	flag.Parse()
	subnet, err := netip.ParsePrefix(*addressRange)
	if err != nil {
		klog.Fatal(err)
	}
	configuration, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		klog.Fatal(err)
	}
	configuration.QPS = -1
	client, err := kubernetes.NewForConfig(configuration)
	if err != nil {
		klog.Fatal(err)
	}
	ctx := context.Background()
	factory := informers.NewSharedInformerFactory(client, 0)
	services, nodes := factory.Core().V1().Services(), factory.Core().V1().Nodes()
	given := newAddresses(subnet)
	controller, err := service.New(provider{addresses: given}, client, services, nodes, *cluster, nil)
	if err != nil {
		klog.Fatal(err)
	}
	factory.Start(ctx.Done())
	factory.WaitForCacheSync(ctx.Done())
	// Before any Service is served: what an earlier run gave away must not be given twice.
	known, err := services.Lister().List(labels.Everything())
	if err != nil {
		klog.Fatal(err)
	}
	given.remember(known)
	go newGateway(*device, subnet, services.Lister(), nodes.Lister()).run(ctx)
	controller.Run(ctx, workers, controllersmetrics.NewControllerManagerMetrics("load-balancers"))
}
