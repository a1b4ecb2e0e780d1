package main

import (
	"fmt"

	"hardpan/internal/lint"
)

// asSARIF is a third form of output, which only lint has.
const asSARIF output = "sarif"

// lintForm is the flag --output of lint.
type lintForm output

func (o *lintForm) String() string { return string(*o) }
func (o *lintForm) Type() string   { return "text|json|sarif" }

// Set implements pflag.Value.
func (o *lintForm) Set(text string) error {
	switch output(text) {
	case asText, asJSON, asSARIF:
		*o = lintForm(text)
		return nil
	}
	return fmt.Errorf("it is text, json or sarif")
}

// showLint prints what was found.
func (p *program) showLint(files []*lintedFile, form lintForm) error {
	switch output(form) {
	case asJSON:
		return p.printJSON(lintJSON(files))
	case asSARIF:
		return p.printJSON(sarif(files))
	}
	st := p.stylesFor(p.out)
	for _, f := range files {
		for i := range f.findings {
			st.finding(f, &f.findings[i])
		}
	}
	st.lintSummary(files)
	return nil
}

// lintAnswer is the JSON form.
type lintAnswer struct {
	Files []fileAnswer `json:"files"`
}

type fileAnswer struct {
	File     string          `json:"file"`
	Kind     string          `json:"kind"`
	Findings []findingAnswer `json:"findings"`
}

type findingAnswer struct {
	Line   int `json:"line"`   // from 1
	Column int `json:"column"` // in characters, from 1
	lint.Finding
}

func lintJSON(files []*lintedFile) lintAnswer {
	answer := lintAnswer{Files: []fileAnswer{}}
	for _, f := range files {
		file := fileAnswer{File: f.name, Kind: f.kind.String(), Findings: []findingAnswer{}}
		for i := range f.findings {
			at := f.findings[i].Position
			file.Findings = append(file.Findings, findingAnswer{Line: at.Line, Column: at.Column, Finding: f.findings[i]})
		}
		answer.Files = append(answer.Files, file)
	}
	return answer
}
