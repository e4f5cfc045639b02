package train

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"reflect"

	"xpt/internal/kernels"
	"xpt/internal/ranks"
	"xpt/internal/settings"
	"xpt/libtorch"
	"xpt/training"
)

// facts are what the processes of a training must have alike: else they would not compute the same parameters.
func facts(r training.Record, o training.Options) []ranks.Fact {
	list := []ranks.Fact{
		{Name: "xpt (the program's SHA-256)", Value: program()},
		{Name: "libtorch", Value: libtorch.Version()},
		{Name: "kind of device and dtype", Value: r.DType + " on " + kind(r.Device)},
		{Name: "tier of processor", Value: tier()},
		{Name: "--threads", Value: fmt.Sprint(libtorch.Threads())},
		{Name: "backbone in --checkpoint", Value: r.Backbone},
		{Name: "training or dev data in --data (SHA-256)", Value: r.Data},
	}
	if r.Origin != nil {
		list = append(list, ranks.Fact{Name: "run in --from", Value: r.Origin.BestFile})
	}
	settings.Each(&o, func(field reflect.StructField, value reflect.Value) {
		if field.Tag.Get("path") == "" { // paths may differ between machines
			list = append(list, ranks.Fact{Name: "--" + field.Tag.Get("flag"), Value: fmt.Sprint(value.Interface())})
		}
	})
	return list
}

// kind is cuda of cuda:1.
func kind(device string) string {
	if len(device) >= 4 && device[:4] == "cuda" {
		return "cuda"
	}
	return device
}

// program is the fingerprint of this program's file; empty where that cannot be read.
func program() string {
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return ""
	}
	return fmt.Sprintf("%.12x", h.Sum(nil))
}

// tier names the kernels that are used: those of different tiers round differently.
func tier() string {
	name, _ := kernels.Tier()
	return name
}
