package setup

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

const (
	newABI = "_ZN3c105ErrorC1ENS_14SourceLocationENSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE"
	oldABI = "_ZN3c105ErrorC1ENS_14SourceLocationESs"
)

func TestABI(t *testing.T) {
	for _, c := range []struct {
		symbols   []string
		cxx11, ok bool
	}{
		{[]string{"_ZN3c1010some_otherE", newABI}, true, true},
		{[]string{oldABI, newABI}, true, true},
		{[]string{oldABI, "_Z3fooNSt7__cxx1112basic_stringE"}, false, true},
		{[]string{"_Z3fooNSt7__cxx1112basic_stringE"}, false, false},
		{nil, false, false},
	} {
		if cxx11, ok := abiOf(c.symbols); cxx11 != c.cxx11 || ok != c.ok {
			t.Errorf("%q: %v, %v; want %v, %v", c.symbols, cxx11, ok, c.cxx11, c.ok)
		}
	}
}

func TestLibraryFile(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "lib", "libx.so")
	write(t, dir, "lib/libx.so", string(library{
		symbols: []string{newABI}, needs: []string{"liby.so.1", "libz.so"}, runPath: "$ORIGIN/../near:/nowhere:$ORIGIN:relative",
	}.bytes()))
	if err := os.Mkdir(filepath.Join(dir, "near"), 0o755); err != nil {
		t.Fatal(err)
	}
	if abi, err := cxx11ABI(name); err != nil || !abi {
		t.Errorf("ABI %v, %v", abi, err)
	}
	if got, err := needed(name); err != nil || !slices.Equal(got, []string{"liby.so.1", "libz.so"}) {
		t.Errorf("needs %q, %v", got, err)
	}
	if got, err := runPaths(name); err != nil || !slices.Equal(got, []string{filepath.Join(dir, "near")}) {
		t.Errorf("run paths %q, %v: only those that exist, without its own folder", got, err)
	}
	write(t, dir, "lib/libx.so", "not a library")
	if _, err := cxx11ABI(name); err == nil {
		t.Error("text is read as a library")
	}
}

// library is a shared library as far as the loader's tables go.
type library struct {
	symbols, needs []string
	runPath        string
	machine        elf.Machine // this one's unless it is given
}

// bytes lays out an ELF file of a header, .dynstr, .dynsym, .dynamic, .shstrtab and the section headers.
func (l library) bytes() []byte {
	order := binary.LittleEndian
	text := []byte{0}
	str := func(s string) uint64 {
		at := len(text)
		text = append(append(text, s...), 0)
		return uint64(at)
	}
	var symbols, dynamic bytes.Buffer
	binary.Write(&symbols, order, elf.Sym64{})
	for _, s := range l.symbols {
		binary.Write(&symbols, order, elf.Sym64{Name: uint32(str(s)), Info: byte(elf.STB_GLOBAL)<<4 | byte(elf.STT_FUNC), Shndx: 1})
	}
	for _, s := range l.needs {
		binary.Write(&dynamic, order, elf.Dyn64{Tag: int64(elf.DT_NEEDED), Val: str(s)})
	}
	if l.runPath != "" {
		binary.Write(&dynamic, order, elf.Dyn64{Tag: int64(elf.DT_RPATH), Val: str(l.runPath)})
	}
	binary.Write(&dynamic, order, elf.Dyn64{})

	processor := l.machine
	if processor == elf.EM_NONE {
		processor = map[string]elf.Machine{"aarch64": elf.EM_AARCH64, "x86_64": elf.EM_X86_64}[machine()]
	}
	names := []byte("\x00.dynstr\x00.dynsym\x00.dynamic\x00.shstrtab\x00")
	const header, section = 64, 64
	sections := []elf.Section64{
		{},
		{Name: 1, Type: uint32(elf.SHT_STRTAB), Size: uint64(len(text))},
		{Name: 9, Type: uint32(elf.SHT_DYNSYM), Size: uint64(symbols.Len()), Link: 1, Info: 1, Entsize: elf.Sym64Size},
		{Name: 17, Type: uint32(elf.SHT_DYNAMIC), Size: uint64(dynamic.Len()), Link: 1, Entsize: 16},
		{Name: 26, Type: uint32(elf.SHT_STRTAB), Size: uint64(len(names))},
	}
	at := uint64(header)
	for i := range sections[1:] {
		sections[i+1].Off = at
		at += sections[i+1].Size
	}
	var file bytes.Buffer
	binary.Write(&file, order, elf.Header64{
		Ident: [16]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:  uint16(elf.ET_DYN), Machine: uint16(processor), Version: uint32(elf.EV_CURRENT),
		Shoff: at, Ehsize: header, Shentsize: section, Shnum: uint16(len(sections)), Shstrndx: 4,
	})
	for _, part := range [][]byte{text, symbols.Bytes(), dynamic.Bytes(), names} {
		file.Write(part)
	}
	binary.Write(&file, order, sections)
	return file.Bytes()
}
