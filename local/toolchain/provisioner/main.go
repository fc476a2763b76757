// A provisioner of volumes that behave as Azure's locally redundant disks do: a volume lives in one
// zone, where its first pod was placed, and belongs to the group that the pod names (fsGroup).
//
// The controller manager's own host-path provisioner does neither: its folders can only be entered by
// root, and its volumes follow a pod to any node.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	core "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

type disks struct {
	client kubernetes.Interface
	// The folder of all volumes, as this process and as the nodes see it.
	here, onNodes string
}

func (d disks) Provision(ctx context.Context, options controller.ProvisionOptions) (*core.PersistentVolume, controller.ProvisioningState, error) {
	if options.SelectedNodeName == "" {
		return nil, controller.ProvisioningFinished, fmt.Errorf("the storage class must wait for the first consumer, whose node tells the zone")
	}
	node, err := d.client.CoreV1().Nodes().Get(ctx, options.SelectedNodeName, meta.GetOptions{})
	if err != nil {
		return nil, controller.ProvisioningNoChange, err
	}
	zone, ok := node.Labels[core.LabelTopologyZone]
	if !ok {
		return nil, controller.ProvisioningFinished, fmt.Errorf("node %s has no zone", node.Name)
	}
	if err := os.MkdirAll(filepath.Join(d.here, options.PVName), 0o755); err != nil {
		return nil, controller.ProvisioningNoChange, err
	}
	inZone := core.NodeSelectorRequirement{Key: core.LabelTopologyZone, Operator: core.NodeSelectorOpIn, Values: []string{zone}}
	return &core.PersistentVolume{
		ObjectMeta: meta.ObjectMeta{Name: options.PVName},
		Spec: core.PersistentVolumeSpec{
			AccessModes:                   options.PVC.Spec.AccessModes,
			Capacity:                      options.PVC.Spec.Resources.Requests,
			PersistentVolumeReclaimPolicy: *options.StorageClass.ReclaimPolicy,
			PersistentVolumeSource: core.PersistentVolumeSource{
				Local: &core.LocalVolumeSource{Path: filepath.Join(d.onNodes, options.PVName)},
			},
			NodeAffinity: &core.VolumeNodeAffinity{Required: &core.NodeSelector{
				NodeSelectorTerms: []core.NodeSelectorTerm{{MatchExpressions: []core.NodeSelectorRequirement{inZone}}},
			}},
		},
	}, controller.ProvisioningFinished, nil
}

func (d disks) Delete(_ context.Context, volume *core.PersistentVolume) error {
	return os.RemoveAll(filepath.Join(d.here, volume.Name))
}

func main() {
	name := flag.String("name", "", "the provisioner that storage classes name")
	kubeconfig := flag.String("kubeconfig", "", "how to reach the cluster")
	here := flag.String("folder", "", "the folder of all volumes")
	onNodes := flag.String("folder-on-nodes", "", "the same folder as the nodes see it")
	klog.InitFlags(nil)
	flag.Parse()
	configuration, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		klog.Fatal(err)
	}
	// Without a limit: the default of five calls a second is a volume a second.
	configuration.QPS = -1
	client, err := kubernetes.NewForConfig(configuration)
	if err != nil {
		klog.Fatal(err)
	}
	ctx := context.Background()
	controller.NewProvisionController(
		ctx, client, *name, disks{client, *here, *onNodes}, controller.LeaderElection(false),
	).Run(ctx)
}
