package checkpoints

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// safetensorsFile puts a header and a body together.
func safetensorsFile(header string, body int) []byte {
	out := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(out, header...), make([]byte, body)...)
}

// torchFile makes a zip as torch.save does, with one storage "0".
func torchFile(t testing.TB, pickled string, storage []byte) []byte {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, entry := range []struct{ name, data string }{
		{"archive/data.pkl", pickled}, {"archive/byteorder", "little"}, {"archive/data/0", string(storage)},
	} {
		f, err := w.CreateHeader(&zip.FileHeader{Name: entry.name, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		f.Write([]byte(entry.data))
	}
	w.Close()
	return out.Bytes()
}

const (
	proto2 = "\x80\x02"
	// a float storage "0" of 4 elements
	storage0 = "((U\x07storagectorch\nFloatStorage\nU\x010U\x03cpuK\x04tQ"
)

// tensor0 is a pickle of {"a": a tensor over storage0}; offset, shape and
// strides are pickle code.
func tensor0(offset, shape, strides string) string {
	return proto2 + "}U\x01actorch._utils\n_rebuild_tensor_v2\n" + storage0 + offset + shape + strides + "\x89}tRs."
}

func number(n uint64) string { return "\x8a\x08" + string(binary.LittleEndian.AppendUint64(nil, n)) }

// TestRefusesHostileFiles holds a file of each kind of lie. None may crash or
// make the reader allocate.
func TestRefusesHostileFiles(t *testing.T) {
	float := `"dtype":"F32","shape":[1],"data_offsets":[0,4]`
	huge := strings.Repeat("}q\x00", 1) + strings.Repeat("(U\x01ah\x00U\x01bh\x00u", 100)
	bomb := "}U\x01xctorch._utils\n_rebuild_tensor_v2\n" + storage0 + "K\x00K\x01\x85K\x01\x85\x89}tRsq\x00" // {"x": tensor}
	for i := range byte(40) {
		bomb += "}(U\x01ah" + string(rune(i)) + "U\x01bh" + string(rune(i)) + "uq" + string(rune(i+1))
	}
	for name, test := range map[string]struct {
		data []byte
		want string
	}{
		"empty":                  {nil, "is empty"},
		"a page":                 {[]byte("<!DOCTYPE html>"), "a web page"},
		"text":                   {[]byte("hello world"), "neither"},
		"git lfs":                {[]byte("version https://git-lfs.github.com/spec/v1\n"), "git lfs pull"},
		"st: huge header":        {append(binary.LittleEndian.AppendUint64(nil, 1<<62), '{'), "header of"},
		"st: header beyond file": {append(binary.LittleEndian.AppendUint64(nil, 100), '{'), "header of"},
		"st: not JSON":           {safetensorsFile(`{"a`, 4), "header"},
		"st: not UTF-8":          {safetensorsFile("{\"\xff\":{"+float+"}}", 4), "UTF-8"},
		"st: text after":         {safetensorsFile(`{"a":{`+float+`}} {}`, 4), "after the JSON"},
		"st: twice":              {safetensorsFile(`{"a":{`+float+`},"a":{`+float+`}}`, 4), "appears twice"},
		"st: dtype":              {safetensorsFile(`{"a":{"dtype":"C128","shape":[1],"data_offsets":[0,8]}}`, 8), `"C128"`},
		"st: torch dtype":        {safetensorsFile(`{"a":{"dtype":"float32","shape":[1],"data_offsets":[0,4]}}`, 4), "float32"},
		"st: hole":               {safetensorsFile(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, 8), "without holes"},
		"st: overlap":            {safetensorsFile(`{"a":{`+float+`},"b":{`+float+`}}`, 4), "without holes"},
		"st: backwards":          {safetensorsFile(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,-4]}}`, 4), "header"},
		"st: beyond":             {safetensorsFile(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 4), "ends 4 bytes before tensor \"a\" does: it is cut short"},
		"st: rest":               {safetensorsFile(`{"a":{`+float+`}}`, 5), "after the last"},
		"st: size":               {safetensorsFile(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`, 4), "takes 8 bytes"},
		"st: overflow":           {safetensorsFile(`{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}`, 0), "overflows"},
		"st: no shape":           {safetensorsFile(`{"a":{"dtype":"F32","data_offsets":[0,4]}}`, 4), "needs a shape"},
		"st: metadata":           {safetensorsFile(`{"__metadata__":{"a":1}}`, 0), "__metadata__"},

		"pickle: os.system":      {torchFile(t, proto2+"cos\nsystem\nU\x02ls\x85R.", nil), `"os.system" is not part of a state dict`},
		"pickle: builtins":       {torchFile(t, "\x80\x04\x8c\x08builtins\x8c\x04eval\x93.", nil), `"builtins.eval"`},
		"pickle: numpy":          {torchFile(t, proto2+"cnumpy.core.multiarray\nscalar\n.", nil), `"numpy.core.multiarray.scalar"`},
		"pickle: newobj":         {torchFile(t, proto2+"ccollections\nOrderedDict\n)\x81.", nil), "opcode 0x81"},
		"pickle: protocol 0":     {torchFile(t, "(dp0\n.", nil), "opcode 0x70"},
		"pickle: protocol 6":     {torchFile(t, "\x80\x06}.", nil), "protocol 6"},
		"pickle: no stop":        {torchFile(t, proto2+"}", nil), "ends inside"},
		"pickle: underflow":      {torchFile(t, proto2+"R", nil), "takes more values"},
		"pickle: below mark":     {torchFile(t, proto2+"NN(0.", nil), "takes more values"},
		"pickle: no mark":        {torchFile(t, proto2+"Nt.", nil), "no mark"},
		"pickle: no value":       {torchFile(t, proto2+"}(U\x01au.", nil), "no value"},
		"pickle: memo":           {torchFile(t, proto2+"h\x05.", nil), "not stored"},
		"pickle: long string":    {torchFile(t, proto2+"X\xff\xff\xff\x7fabc.", nil), "ends inside"},
		"pickle: longer string":  {torchFile(t, proto2+"\x8d\xff\xff\xff\xff\xff\xff\xff\xffabc.", nil), "ends inside"},
		"pickle: a module":       {torchFile(t, proto2+"((U\x06moduleNNNtQ.", nil), "whole module"},
		"pickle: not a dict":     {torchFile(t, proto2+"].", nil), "not a state dict"},
		"pickle: v3, no type":    {torchFile(t, strings.Replace(tensor0("K\x00", "K\x04\x85", "K\x01\x85"), "v2", "v3", 1), make([]byte, 16)), "wants a type"},
		"pickle: v3, not a type": {torchFile(t, strings.NewReplacer("v2", "v3", "\x89}tRs", "\x89}NtRs").Replace(tensor0("K\x00", "K\x04\x85", "K\x01\x85")), make([]byte, 16)), "the type is a None"},
		"pickle: calls a type":   {torchFile(t, proto2+"ctorch\nFloatStorage\n)R.", nil), "cannot be called"},
		"pickle: itself":         {torchFile(t, proto2+huge+".", nil), "nested too deeply"},
		"pickle: doubles":        {torchFile(t, proto2+bomb+".", make([]byte, 16)), "names too much"},
		"tensor: shape":          {torchFile(t, tensor0("K\x00", "K\x05\x85", "K\x01\x85"), make([]byte, 16)), "element 4 of a storage of 4"},
		"tensor: offset":         {torchFile(t, tensor0("K\x04", "K\x01\x85", "K\x01\x85"), make([]byte, 16)), "element 4 of a storage of 4"},
		"tensor: huge offset":    {torchFile(t, tensor0(number(1<<63-1), "K\x02\x85", "K\x01\x85"), make([]byte, 16)), "overflow"},
		"tensor: negative":       {torchFile(t, tensor0("K\x00", number(1<<63)+"\x85", "K\x01\x85"), make([]byte, 16)), "shape"},
		"tensor: stride":         {torchFile(t, tensor0("K\x00", "K\x02\x85", number(1<<62)+"\x85"), make([]byte, 16)), "reaches element"},
		"tensor: overflow":       {torchFile(t, tensor0("K\x00", "K\x03\x85", number(1<<62)+"\x85"), make([]byte, 16)), "overflow"},
		"tensor: dimensions":     {torchFile(t, tensor0("K\x00", "K\x02\x85", "K\x02K\x01\x86"), make([]byte, 16)), "other dimensions"},
		"tensor: repeated":       {torchFile(t, tensor0("K\x00", number(1<<40)+"\x85", "K\x00\x85"), make([]byte, 16)), "repeats 4 stored bytes"},
		"storage: short":         {torchFile(t, tensor0("K\x00", "K\x04\x85", "K\x01\x85"), make([]byte, 15)), "15 bytes in the archive, the pickle says 16"},
		"storage: compressed":    {compressed(t), "compressed"},
		"storage: absent":        {torchFile(t, strings.Replace(tensor0("K\x00", "K\x04\x85", "K\x01\x85"), "U\x010", "U\x011", 1), nil), `no entry "data/1"`},
		"storage: path":          {torchFile(t, strings.Replace(tensor0("K\x00", "K\x04\x85", "K\x01\x85"), "U\x010", "U\x05../..", 1), nil), "no entry"},
		"zip: cut":               {torchFile(t, proto2+"}.", nil)[:60], "damaged or cut off"},
		"legacy: magic":          {[]byte(proto2 + "K\x01."), "magic number"},
		"legacy: cut":            {legacy("]U\x010a.", 0)[:40], "torch legacy"},
		"legacy: no bytes":       {legacy("].", 0), "have no bytes"},
		"legacy: short":          {legacy("]U\x010a.", 20), "16 bytes needed"},
		"legacy: numel":          {bytes.Replace(legacy("]U\x010a.", 24), []byte(".\x04\x00\x00\x00\x00\x00\x00\x00"), []byte(".\x03\x00\x00\x00\x00\x00\x00\x00"), 1), "3 elements stored, the pickle says 4"},
		"legacy: unknown":        {legacy("]U\x011a.", 24), "unknown or appears twice"},
		"legacy: no list":        {legacy("}.", 24), "no list"},
		"legacy: big-endian":     {bytes.Replace(legacy("]U\x010a.", 24), []byte("\x88"), []byte("\x89"), 1), "big-endian"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "file")
			if err := os.WriteFile(path, test.data, 0o644); err != nil {
				t.Fatal(err)
			}
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			c, err := OpenFile(path)
			runtime.ReadMemStats(&after)
			if err == nil {
				c.Close()
			}
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("error %v, want one with %q and the path", err, test.want)
			}
			if err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("the error has several lines: %q", err)
			}
			if grown := after.TotalAlloc - before.TotalAlloc; grown > 64<<20 {
				t.Errorf("%d bytes of file made it allocate %d", len(test.data), grown)
			}
		})
	}
}

// legacy makes a legacy file of one float tensor of 4 elements, with a pickle
// of its storages' keys and then some bytes, the first 8 of which say 4.
func legacy(keys string, rest int) []byte {
	out := proto2 + "\x8a\x0a" + string(legacyMagic) + "." + proto2 + "M\xe9\x03." +
		proto2 + "}U\x0dlittle_endian\x88s." + tensor0("K\x00", "K\x04\x85", "K\x01\x85") + proto2 + keys
	body := make([]byte, rest)
	if rest >= 8 {
		body[0] = 4
	}
	return append([]byte(out), body...)
}

func compressed(t *testing.T) []byte {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	f, err := w.Create("archive/data.pkl")
	if err != nil {
		t.Fatal(err)
	}
	f.Write(bytes.Repeat([]byte(proto2), 100))
	w.Close()
	return out.Bytes()
}

// TestReadsHandmade checks that the pieces that the hostile files are made of
// are read where they are right.
func TestReadsHandmade(t *testing.T) {
	for name, data := range map[string][]byte{
		"zip":    torchFile(t, tensor0("K\x00", "K\x04\x85", "K\x01\x85"), make([]byte, 16)),
		"legacy": legacy("]U\x010a.", 24),
	} {
		views, err := parse(data)
		if err != nil || fmt.Sprint(views["a"].shape) != "[4]" {
			t.Errorf("%s: %v, %v", name, views, err)
		}
	}
}

// TestHeaderThatLooksLikeAPickle reads safetensors whose first two bytes, of the
// header's length, are those of a pickle of some protocol.
func TestHeaderThatLooksLikeAPickle(t *testing.T) {
	for protocol := range 6 {
		header := `{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`
		header += strings.Repeat(" ", protocol<<8+0x80-len(header))
		if views, err := parse(safetensorsFile(header, 1)); err != nil || len(views) != 1 {
			t.Errorf("a header of %#x bytes: %v", len(header), err)
		}
	}
}

// TestRefusesIndexes holds indexes of shards that lie.
func TestRefusesIndexes(t *testing.T) {
	for index, want := range map[string]string{
		`{`:                                      "index of shards",
		`{}`:                                     "no weight_map",
		`{"weight_map":{"a":"../x.bin"}}`:        "not a file beside",
		`{"weight_map":{"a":"/etc/passwd"}}`:     "not a file beside",
		`{"weight_map":{"a":".."}}`:              "not a file beside",
		`{"weight_map":{"a":"absent.bin"}}`:      "absent.bin",
		`{"weight_map":{"b":"one.safetensors"}}`: `"b" is said to be in one.safetensors`,
	} {
		folder := t.TempDir()
		os.WriteFile(filepath.Join(folder, "model.safetensors.index.json"), []byte(index), 0o644)
		os.WriteFile(filepath.Join(folder, "one.safetensors"), safetensorsFile(`{"a":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}`, 1), 0o644)
		if _, err := Open(folder); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", index, err, want)
		}
	}
}

// Files that ask for more work or memory than any state dict are refused by
// the limit that they pass, before they have got much of either.
func TestLimits(t *testing.T) {
	pickled := func(before, repeated string, bytes int) []byte {
		return torchFile(t, proto2+before+strings.Repeat(repeated, bytes/len(repeated))+".", make([]byte, 16))
	}
	text := func(bytes int) string {
		return "X" + string(binary.LittleEndian.AppendUint32(nil, uint32(bytes))) + strings.Repeat("a", bytes)
	}
	var tensors strings.Builder
	for i := 0; tensors.Len() <= maxHeader; i++ {
		fmt.Fprintf(&tensors, `"%d":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},`, i)
	}
	var many bytes.Buffer
	w := zip.NewWriter(&many)
	for i := range 2000 {
		if _, err := w.Create(fmt.Sprintf("%0*d", 1<<13, i)); err != nil {
			t.Fatal(err)
		}
	}
	w.Close()
	steps := fmt.Sprintf("more than %d steps", maxSteps)
	for name, test := range map[string]struct {
		data []byte
		want string
	}{
		"lists":        {pickled("", "]", 2*maxSteps), steps},
		"dicts":        {pickled("", "}", 2*maxSteps), steps},
		"tuples":       {pickled("", "N\x85", 2*maxSteps), steps},
		"texts":        {pickled("", "U\x00", 3*maxSteps), steps},
		"memo":         {pickled("]", "r\x00\x00\x00\x00", 5*maxSteps), steps},
		"dicts of one": {pickled("]q\x00("+strings.Repeat("NN\x86", 1000)+"e0ccollections\nOrderedDict\nq\x01", "0h\x01h\x00\x85R", 20000), steps},
		"bytes":        {pickled("", text(1<<20), 3*maxPickle), fmt.Sprintf("more than %d bytes", maxPickle)},
		"storage name": {pickled(text(1<<20)+"q\x00ctorch\nFloatStorage\nq\x02", "0(U\x07storageh\x02h\x00NK\x04tQ", 20), "a storage without type, key and size"},
		"global name":  {pickled(text(1<<20)+"q\x00", "h\x00h\x00\x93", 10), "the name of a global is too long"},
		"header":       {safetensorsFile("{"+tensors.String()+`"z":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}`, 0), fmt.Sprintf("no more than %d are read", maxHeader)},
		"zip entries":  {many.Bytes(), fmt.Sprintf("more than %d bytes", maxDirectory)},
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := parse(test.data)
			runtime.ReadMemStats(&after)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
			if grown := after.TotalAlloc - before.TotalAlloc; grown > 200<<20 {
				t.Errorf("%d bytes of file made it allocate %d", len(test.data), grown)
			}
		})
	}
}

// A file that loses less than a page while it is open ends in no fault: what it
// lacks reads as zeros, and the end says so.
func TestShorterByLessThanAPage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.safetensors")
	if err := WriteSafetensors(path, []TensorWriter{Tensor{Name: "a", DType: U8, Shape: []int{100}, Data: make([]byte, 100)}.Writer()}, nil); err != nil {
		t.Fatal(err)
	}
	c, err := OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, info.Size()-50); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err == nil || !strings.Contains(err.Error(), path+" got shorter while it was read") {
		t.Errorf("error %v", err)
	}
}

// Weights that get shorter while they are copied fail a write, not a read: the
// error names them too.
func TestShorterWhileConverted(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "model.safetensors")
	var tensors []TensorWriter
	for _, name := range []string{"a", "b"} {
		tensors = append(tensors, Tensor{Name: name, DType: F32, Shape: []int{1 << 16}, Data: make([]byte, 4<<16)}.Writer())
	}
	if err := WriteSafetensors(path, tensors, nil); err != nil {
		t.Fatal(err)
	}
	target := filepath.Join(dir, "target")
	_, err := Convert(context.Background(), path, target, ConvertOptions{Progress: func(done, total int64) {
		if err := os.Truncate(path, 100); err != nil {
			t.Error(err)
		}
	}})
	if err == nil || !strings.HasPrefix(err.Error(), path+" got shorter while it was read") {
		t.Errorf("error %v", err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}
