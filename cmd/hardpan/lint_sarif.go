package main

import (
	"net/url"
	"path/filepath"

	"hardpan/internal/lint"
)

// SARIF is the Static Analysis Results Interchange Format 2.1.0 (OASIS), which code
// scanners read. These are the parts of it that lint has something to say in.

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool       sarifTool     `json:"tool"`
	ColumnKind string        `json:"columnKind"`
	Results    []sarifResult `json:"results"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name    string      `json:"name"`
	Version string      `json:"version"`
	Rules   []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID       string       `json:"id"`
	Short    sarifMessage `json:"shortDescription"`
	Help     sarifMessage `json:"help"`
	Defaults struct {
		Level string `json:"level"`
	} `json:"defaultConfiguration"`
}

type sarifMessage struct {
	Text string `json:"text"`
}

type sarifResult struct {
	RuleID    string          `json:"ruleId"`
	RuleIndex int             `json:"ruleIndex"`
	Level     string          `json:"level"`
	Message   sarifMessage    `json:"message"`
	Locations []sarifLocation `json:"locations"`
	Fixes     []sarifFix      `json:"fixes,omitempty"`
}

type sarifLocation struct {
	Physical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	} `json:"physicalLocation"`
}

type sarifArtifact struct {
	URI string `json:"uri"`
}

type sarifRegion struct {
	StartLine   int `json:"startLine"`
	StartColumn int `json:"startColumn"`
}

// sarifFix replaces the whole of a file.
type sarifFix struct {
	Description sarifMessage  `json:"description"`
	Changes     []sarifChange `json:"artifactChanges"`
}

type sarifChange struct {
	Artifact     sarifArtifact      `json:"artifactLocation"`
	Replacements []sarifReplacement `json:"replacements"`
}

type sarifReplacement struct {
	Deleted  sarifBytes   `json:"deletedRegion"`
	Inserted sarifMessage `json:"insertedContent"`
}

type sarifBytes struct {
	Offset int `json:"byteOffset"`
	Length int `json:"byteLength"`
}

func sarif(files []*lintedFile) sarifLog {
	run := sarifRun{ColumnKind: "unicodeCodePoints", Results: []sarifResult{}}
	run.Tool.Driver = sarifDriver{Name: "hardpan lint", Version: thisBuild().Version}
	index := map[string]int{}
	for i, r := range lint.Rules() {
		index[r.ID] = i
		rule := sarifRule{ID: r.ID, Short: sarifMessage{r.Meaning}, Help: sarifMessage{"doc/lint.md#" + r.ID}}
		rule.Defaults.Level = r.Severity.String()
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, rule)
	}
	for _, f := range files {
		for i := range f.findings {
			run.Results = append(run.Results, f.sarif(&f.findings[i], index[f.findings[i].Rule]))
		}
	}
	return sarifLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run}}
}

func (f *lintedFile) sarif(found *lint.Finding, rule int) sarifResult {
	at := sarifArtifact{URI: (&url.URL{Path: filepath.ToSlash(f.name)}).String()}
	result := sarifResult{
		RuleID: found.Rule, RuleIndex: rule, Level: found.Severity.String(),
		Message: sarifMessage{found.Message}, Locations: make([]sarifLocation, 1),
	}
	result.Locations[0].Physical.Artifact = at
	result.Locations[0].Physical.Region = sarifRegion{StartLine: found.Position.Line, StartColumn: found.Position.Column}
	for i, step := range found.Steps {
		result.Message.Text += "\n" + string(rune('1'+i)) + ". " + step
	}
	if found.Fix == nil {
		return result
	}
	result.Message.Text += "\nFix: " + found.Fix.Text
	if found.Fix.Document != nil {
		result.Fixes = []sarifFix{{
			Description: sarifMessage{found.Fix.Text},
			Changes: []sarifChange{{Artifact: at, Replacements: []sarifReplacement{{
				Deleted: sarifBytes{Length: len(f.text)}, Inserted: sarifMessage{string(found.Fix.Document) + "\n"},
			}}}},
		}}
	}
	return result
}
