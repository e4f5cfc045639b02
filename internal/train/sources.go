package train

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"xpt/datasets"
	"xpt/internal/random"
	"xpt/training"
)

// sources are what a run trains on, and what chooses its best state.
type sources struct {
	train *Part
	sizes []int   // training examples of each language, in their order
	dev   []*Part // by language
}

// sources reads the data of resolved options: the training splits of the source languages, or shots, and the source languages'
// dev splits.
func (d *Data) sources(o training.Options) (s sources, err error) {
	var parts []*Part
	for _, language := range o.Languages() {
		if o.Shots == 0 {
			part, err := d.Drawn("train", language, datasets.Limit{N: o.Limit, Seed: o.Seed})
			if err != nil {
				return s, err
			}
			parts = append(parts, part)
		}
		part, err := d.Drawn("dev", language, datasets.Limit{N: o.DevLimit, Seed: o.Seed})
		if err != nil {
			return s, fmt.Errorf("the best state is chosen on a dev split: %w", err)
		}
		s.dev = append(s.dev, part)
	}
	if o.Shots > 0 {
		part, err := d.shots("train", o.ShotsIn, datasets.Limit{N: o.Shots, Seed: o.Seed})
		if err != nil {
			return s, fmt.Errorf("--shots takes examples of a train split, and of no other: %w", err)
		}
		parts = append(parts, part)
	}
	for _, part := range parts {
		s.sizes = append(s.sizes, len(part.Examples))
	}
	s.train = d.join(parts, datasets.Limit{N: o.Limit, Seed: o.Seed})
	return s, nil
}

// digest is the checksums of all parts, as [training.Record.Data] has them.
func (s sources) digest() string {
	var dev []string
	for _, part := range s.dev {
		dev = append(dev, part.Digest)
	}
	return s.train.Digest + "-" + strings.Join(dev, "+")
}

// devSample counts the dev examples of all languages.
func (s sources) devSample() (all datasets.Sample) {
	for _, part := range s.dev {
		all.Examples, all.Of = all.Examples+len(part.Examples), all.Of+part.Of
	}
	return all
}

// join puts the training parts of several languages behind one another.
func (d *Data) join(parts []*Part, limit datasets.Limit) *Part {
	if len(parts) == 1 {
		return parts[0]
	}
	var languages, digests []string
	for _, part := range parts {
		languages, digests = append(languages, part.Language), append(digests, part.Digest)
	}
	key := partKey{split: "train", language: strings.Join(languages, ","), limit: limit}
	if d.parts[key] == nil {
		whole := newPart(key.split, key.language, nil, 0)
		for _, part := range parts {
			whole.Examples, whole.Of = append(whole.Examples, part.Examples...), whole.Of+part.Of
			whole.Files, whole.Odd = append(whole.Files, part.Files...), append(whole.Odd, part.Odd...)
		}
		whole.Digest = strings.Join(digests, "+")
		d.parts[key] = whole
	}
	return d.parts[key]
}

// shots draws limit.N examples of each label, of tasks without a label for a text limit.N labelled examples, in the order of the
// files. With the same seed more shots have the same examples, and more.
func (d *Data) shots(split, language string, limit datasets.Limit) (*Part, error) {
	key := partKey{split, language, limit, true}
	if d.parts[key] != nil {
		return d.parts[key], nil
	}
	whole, err := d.Part(split, language)
	if err != nil {
		return nil, err
	}
	var chosen []int
	taken := map[string]int{}
	for _, i := range random.Seed(limit.Seed).Stream("shots", 0).Perm(len(whole.Examples)) {
		x := whole.Examples[i]
		if d.Task.HasLabels() && x.Label == "" && x.Tags == nil || taken[x.Label] == limit.N {
			continue
		}
		taken[x.Label]++
		chosen = append(chosen, i)
	}
	kinds := []string{""}
	if d.Task.HasLabels() && !d.Task.TagsWords() {
		kinds = d.Task.Labels
	}
	for _, label := range kinds {
		if n := taken[label]; n < limit.N {
			of := ""
			if label != "" {
				of = " of label " + label
			}
			return nil, fmt.Errorf("the %s split of task %s in language %s has %d examples%s, and %d are wanted", split, d.Task.Name, language, n, of, limit.N)
		}
	}
	slices.Sort(chosen)
	var examples []datasets.Example
	for _, i := range chosen {
		examples = append(examples, whole.Examples[i])
	}
	p := newPart(split, language, examples, whole.Of)
	p.Files, p.Odd = whole.Files, whole.Odd
	d.parts[key] = p
	return p, nil
}

// byLanguage groups items by the language of their example. sizes are the examples of each language.
func byLanguage(items []Item, sizes []int) (groups [][]Item) {
	end := 0
	for _, size := range sizes {
		end += size
		n := slices.IndexFunc(items, func(item Item) bool { return item.Example >= end })
		if n < 0 {
			n = len(items)
		}
		groups, items = append(groups, items[:n]), items[n:]
	}
	return slices.DeleteFunc(groups, func(group []Item) bool { return len(group) == 0 })
}

// sampled draws the rows of an epoch, as many as there are in all groups. A group of n rows has a share of n^(1/temperature), as
// in XLM-R (Conneau et al., arXiv 1911.02116, whose alpha is 1/temperature), rounded by the largest remainders. Each of its rows
// is taken as often as fits in whole, and the rest are different rows, drawn by rng.
func sampled(groups [][]Item, temperature float64, rng *rand.Rand) (rows []Item) {
	sizes := make([]int, len(groups))
	for i, group := range groups {
		sizes[i] = len(group)
	}
	for i, n := range quotas(sizes, temperature) {
		group := groups[i]
		for range n / len(group) {
			rows = append(rows, group...)
		}
		for _, k := range rng.Perm(len(group))[:n%len(group)] {
			rows = append(rows, group[k])
		}
	}
	return rows
}

// quotas parts the sum of the sizes by size^(1/temperature).
func quotas(sizes []int, temperature float64) []int {
	total, sum := 0, 0.0
	for _, n := range sizes {
		total, sum = total+n, sum+math.Pow(float64(n), 1/temperature)
	}
	counts, remainders, left := make([]int, len(sizes)), make([]float64, len(sizes)), total
	for i, n := range sizes {
		share := float64(total) * math.Pow(float64(n), 1/temperature) / sum
		counts[i] = int(share)
		remainders[i], left = share-float64(counts[i]), left-counts[i]
	}
	for range left {
		i := slices.Index(remainders, slices.Max(remainders))
		counts[i]++
		remainders[i] = -1
	}
	return counts
}

// checkSources refuses settings of source languages and shots that contradict each other.
func checkSources(o training.Options) error {
	languages := o.Languages()
	for i, language := range languages {
		if language == "" || slices.Contains(languages[:i], language) {
			return fmt.Errorf("--language %q: expected a language, or several such as en,de", o.Language)
		}
	}
	switch {
	case o.Temperature != 0 && len(languages) == 1:
		return errors.New("--sampling-temperature is for several languages: name them with --language en,de")
	case (o.Shots > 0) != (o.ShotsIn != ""):
		return errors.New("--shots and --shots-language go together")
	case o.Shots > 0 && (o.Limit > 0 || o.Temperature != 0):
		return errors.New("--shots says what is trained on: --limit and --sampling-temperature do not go with it")
	case o.Shots > 0 && o.Patience > 0:
		return errors.New("--shots keeps the last state: --patience does not go with it")
	case strings.Contains(o.ShotsIn, ","):
		return fmt.Errorf("--shots-language %q: expected one language", o.ShotsIn)
	case o.From != "" && (o.FromScratch || o.Reparametrise > 0 || o.InitText != ""):
		return errors.New("--from says where the run starts: --from-scratch, --reparametrise and --init-text do not go with it")
	}
	return nil
}
