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

// The names that tokenizer files have in a checkpoint.
const (
	SPMFile = "sentencepiece.bpe.model"
	HFFile  = "tokenizer.json"
)

// Load reads a tokenizer from a checkpoint folder or from a file: a SentencePiece model, or a tokenizer.json (told by its first byte).
// Auto takes a folder's SentencePiece model if it has one. HF on a SentencePiece model gives what Hugging Face's converter makes of it; SPM needs such a model.
// HF follows a tokenizer.json as it stands, like the library tokenizers (transformers 5 puts its own normaliser in place of the file's when it loads one).
// A model that is not a Unigram, or that has an option this package lacks, is refused by name.
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
		if err == nil && !strings.HasPrefix(strings.TrimSpace(data), "{") { // it would be a bad SentencePiece model
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

// locate finds the tokenizer file of a folder; a file stands for itself.
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

// largestFile is more than any tokenizer has: XGLM's, of 256,000 pieces, has 17 million bytes.
const largestFile = 64 << 20

// readFile reads a whole file as a string, of which the pieces of a vocabulary are parts.
func readFile(path string) (string, error) {
	data, err := regular.ReadFile(path, largestFile)
	if err != nil {
		return "", fmt.Errorf("tokenizer: %w", err)
	}
	return unsafe.String(unsafe.SliceData(data), len(data)), nil // nobody else has the bytes
}
