package train

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"

	"xpt/internal/kernels"
	"xpt/internal/ranks"
	"xpt/internal/settings"
	"xpt/libtorch"
	"xpt/training"
)

// facts are what the processes of a training must have alike: else they would not compute the same parameters.
func facts(r training.Record, o training.Options) []ranks.Fact {
	list := []ranks.Fact{
		{Name: "xpt", Value: short(program())},
		{Name: "libtorch", Value: libtorch.Version()},
		{Name: "kind of device and dtype", Value: r.DType + " on " + kind(r.Device)},
		{Name: "tier of processor", Value: tier()},
		{Name: "--threads", Value: fmt.Sprint(libtorch.Threads())},
	}
	settings.Each(&o, func(field reflect.StructField, value reflect.Value) {
		if field.Tag.Get("path") == "" { // paths may differ between machines
			list = append(list, ranks.Fact{Name: "--" + field.Tag.Get("flag"), Value: fmt.Sprint(value.Interface())})
		}
	})
	list = append(list,
		ranks.Fact{Name: "backbone in --checkpoint", Value: short(r.Backbone)},
		ranks.Fact{Name: "training or dev data in --data", Value: short(r.Data)})
	if r.Origin != nil {
		list = append(list, ranks.Fact{Name: "run in --from", Value: short(r.Origin.BestFile)})
	}
	return list
}

// short is enough of a fingerprint to tell two apart.
func short(fingerprint string) string {
	if train, dev, two := strings.Cut(fingerprint, "-"); two {
		return short(train) + "-" + short(dev)
	}
	return "SHA-256 " + fingerprint[:min(12, len(fingerprint))]
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
	return fmt.Sprintf("%x", h.Sum(nil))
}

// tier names the kernels that are used: those of different tiers round differently.
func tier() string {
	name, _ := kernels.Tier()
	return name
}
