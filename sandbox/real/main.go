// One binary for the whole control plane; argv[0] or argv[1] selects the program.
package main

import (
	"os"
	"path/filepath"

	"go.etcd.io/etcd/server/v3/etcdmain"
	"k8s.io/component-base/cli"
	"k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	kcm "k8s.io/kubernetes/cmd/kube-controller-manager/app"
)

func main() {
	name := filepath.Base(os.Args[0])
	args := os.Args
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "etcd", "kube-apiserver", "kube-controller-manager", "kubectl":
			name = os.Args[1]
			args = append([]string{os.Args[1]}, os.Args[2:]...)
		}
	}
	os.Args = args
	switch name {
	case "etcd":
		etcdmain.Main(args)
	case "kube-apiserver":
		os.Exit(cli.Run(apiserver.NewAPIServerCommand()))
	case "kube-controller-manager":
		os.Exit(cli.Run(kcm.NewControllerManagerCommand()))
	default:
		os.Exit(cli.Run(cmd.NewDefaultKubectlCommand()))
	}
}
