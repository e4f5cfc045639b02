package datasets

import (
	"fmt"
	"strconv"

	"github.com/parquet-go/parquet-go"

	"xpt/internal/jsonfile"
)

// classNames reads the label names in the datasets library's metadata, by column: features of type ClassLabel, or lists of
// them.
func classNames(file *parquet.File) (map[string][]string, error) {
	text, ok := file.Lookup("huggingface")
	if !ok {
		return nil, nil
	}
	var metadata struct {
		Info struct {
			Features any `json:"features"`
		} `json:"info"`
	}
	if err := jsonfile.Unmarshal([]byte(text), &metadata); err != nil {
		return nil, fmt.Errorf("metadata %q: %w", "huggingface", err)
	}
	names := map[string][]string{}
	for column, feature := range byColumn(metadata.Info.Features) {
		found, err := labelNames(feature)
		if err != nil {
			return nil, fmt.Errorf("metadata %q: feature %s: %w", "huggingface", column, err)
		}
		if found != nil {
			names[column] = found
		}
	}
	return names, nil
}

// byColumn returns the features by column, from a mapping or a list of features with names.
func byColumn(features any) map[string]any {
	if all, ok := features.(map[string]any); ok {
		return all
	}
	all := map[string]any{}
	list, _ := features.([]any)
	for _, feature := range list {
		if f, ok := feature.(map[string]any); ok {
			if name, ok := f["name"].(string); ok {
				all[name] = f
			}
		}
	}
	return all
}

// labelNames returns the label names of a feature: of a ClassLabel, {"names": [...]}; of a list's element, {"feature": ...},
// {"sequence": ...} or [...]; or of a data card's class_label. Features of other types have none.
func labelNames(feature any) ([]string, error) {
	switch f := feature.(type) {
	case []any:
		if len(f) == 1 {
			return labelNames(f[0])
		}
	case map[string]any:
		if names, ok := f["names"]; ok && names != nil && !isFeature(names) {
			return listOfNames(names)
		}
		for _, inner := range []string{"feature", "sequence", "list", "dtype", "class_label"} {
			if names, err := labelNames(f[inner]); names != nil || err != nil {
				return names, err
			}
		}
	}
	return nil, nil
}

// isFeature tells a field of a struct, which may be called names too, from a list of names.
func isFeature(value any) bool {
	switch f := value.(type) {
	case []any:
		return len(f) == 1 && isFeature(f[0])
	case map[string]any:
		if _, typed := f["_type"]; typed {
			return true
		}
		for _, inner := range f {
			if isFeature(inner) {
				return true
			}
		}
	}
	return false
}

// listOfNames reads ["O", "B-PER"], or a data card's {"0": "O", "1": "B-PER"}.
func listOfNames(value any) ([]string, error) {
	list, ok := value.([]any)
	if numbered, isMap := value.(map[string]any); isMap {
		ok = true
		for i := range len(numbered) {
			list = append(list, numbered[strconv.Itoa(i)])
		}
	}
	names := make([]string, len(list))
	for i, name := range list {
		if names[i], ok = name.(string); !ok {
			break
		}
	}
	if !ok {
		return nil, fmt.Errorf("the names of its labels are no list of texts: %.80s", fmt.Sprint(value))
	}
	return names, nil
}
