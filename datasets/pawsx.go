package datasets

// pawsx is PAWS-X (Yang et al. 2019): is the second sentence a paraphrase (1) of the first or not (0)?
var pawsx = Task{
	Name:    "pawsx",
	Kind:    Classification,
	Pair:    true,
	Labels:  []string{"0", "1"},
	aliases: []string{"paws-x"},
	layouts: []layout{{"XTREME's {split}-{lang}.tsv", xtremeTSV, pairRows(splitCSV, nil)}},
}
