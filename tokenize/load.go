package tokenize

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"unsafe"

	"xpt/internal/jsonfile"
	"xpt/internal/regular"
	"xpt/internal/usererror"
)

// The names of tokenizer files in a checkpoint.
const (
	SPMFile = "sentencepiece.bpe.model"
	HFFile  = "tokenizer.json"
)

// Load reads a tokenizer from a checkpoint folder or a file: a SentencePiece model or a tokenizer.json, detected by the first
// byte. Auto prefers a folder's SentencePiece model. SPM needs a SentencePiece model; HF converts one like Hugging Face's
// converter. HF follows a tokenizer.json like the library tokenizers (transformers 5 replaces the file's normaliser by its
// own). Models other than Unigram and unsupported options are errors that name them.
func Load(path string, rule Rule) (*Tokenizer, error) {
	if rule != "" && rule != Auto && rule != SPM && rule != HF {
		return nil, fmt.Errorf("unknown tokenizer rule %q: want auto, spm or hf", rule)
	}
	file, err := locate(path, rule)
	if err != nil {
		return nil, err
	}
	data, err := readFile(file)
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(file, ".json") {
		err = jsonfile.Check([]byte(data))
		if err == nil && !strings.HasPrefix(strings.TrimSpace(data), "{") { // would be parsed as a SentencePiece model
			err = usererror.New("not JSON: a tokenizer.json begins with {")
		}
	}
	var t *Tokenizer
	if err == nil {
		t, err = parse(data, rule)
	}
	if err == nil && filepath.Base(file) == SPMFile && path != file {
		var added []addedToken
		if added, err = addedBeside(path); err != nil {
			return nil, err
		}
		err = t.add(added)
	}
	if err != nil {
		return nil, fmt.Errorf("tokenizer %s: %w", file, err)
	}
	return t, nil
}

func parse(data string, rule Rule) (*Tokenizer, error) {
	for _, begin := range []string{"<", "version https://git-lfs", "\xef\xbb\xbf", "\xff\xfe", "\xfe\xff", "{\x00"} {
		if strings.HasPrefix(data, begin) {
			return nil, jsonfile.Check([]byte(data))
		}
	}
	if strings.HasPrefix(strings.TrimLeft(data[:min(len(data), 64)], " \t\r\n"), "{") {
		if rule == SPM {
			return nil, errors.New("rule spm needs a SentencePiece model, and this is a tokenizer.json (use rule hf)")
		}
		m, err := parseHF(data)
		if err != nil {
			return nil, err
		}
		return m.tokenizer()
	}
	m, err := parseSPM(data)
	if err != nil {
		return nil, err
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	if rule == HF {
		return m.hfTokenizer()
	}
	return m.tokenizer()
}

// locate returns a folder's tokenizer file, or path itself if it is a file.
func locate(path string, rule Rule) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("tokenizer: %w", err)
	}
	if !info.IsDir() {
		return path, nil
	}
	names := []string{SPMFile, HFFile}
	if rule == HF {
		names = []string{HFFile, SPMFile}
	}
	for _, name := range names {
		file := filepath.Join(path, name)
		if there, err := regular.Exists(file); there {
			return file, nil
		} else if err != nil {
			return "", fmt.Errorf("tokenizer: %w", err)
		}
	}
	return "", fmt.Errorf("tokenizer: %s has neither %s nor %s", path, SPMFile, HFFile)
}

// largestFile limits the bytes of a tokenizer; XGLM's, of 256,000 pieces, has 17 million.
const largestFile = 64 << 20

// readFile reads a file as a string; the pieces of the vocabulary are substrings of it.
func readFile(path string) (string, error) {
	data, err := regular.ReadFile(path, largestFile)
	if err != nil {
		return "", fmt.Errorf("tokenizer: %w", err)
	}
	return unsafe.String(unsafe.SliceData(data), len(data)), nil // data is not shared
}
