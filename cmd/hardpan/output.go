package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"
)

// output is the form in which a command prints data.
type output string

const (
	asText output = "text"
	asJSON output = "json"
)

// addOutput gives cmd the flag --output.
func addOutput(cmd *cobra.Command) *output {
	o := asText
	cmd.Flags().VarP(&o, "output", "o", "text for people or json for programs")
	_ = cmd.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{string(asText), string(asJSON)}, cobra.ShellCompDirectiveNoFileComp))
	return &o
}

func (o *output) String() string { return string(*o) }
func (o *output) Type() string   { return "text|json" }

// Set implements pflag.Value.
func (o *output) Set(text string) error {
	switch output(text) {
	case asText, asJSON:
		*o = output(text)
		return nil
	}
	return fmt.Errorf("it is text or json")
}

// printJSON prints v indented, with < and > as they are.
func (p *program) printJSON(v any) error {
	encoder := json.NewEncoder(p.out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(v)
}
