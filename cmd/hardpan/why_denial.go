package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"

	"hardpan/arn"
	"hardpan/internal/denial"
	"hardpan/internal/simulation"
	"hardpan/policy/eval"
)

// told is what hardpan why makes of an error text.
type told struct {
	Denial *denial.Denial     `json:"denial"`
	Advice denial.Advice      `json:"advice"`
	Answer *simulation.Answer `json:"answer,omitempty"` // of the policies that were given
	Note   string             `json:"note,omitempty"`   // how the two go together
}

// whyText explains a text that AWS, or this server, refused a call with.
func (p *program) whyText(ctx context.Context, text, policies string, a *asked, form output) error {
	d, ok := denial.Parse(text)
	if !ok {
		return failed("paste the whole message, in quotation marks; a decision of this server has an id instead: hardpan why DECISION-ID",
			"the text is no refusal that AWS sends for Bedrock: %.200s", text)
	}
	t := &told{Denial: d, Advice: d.Advice()}
	if policies != "" {
		if err := p.held(ctx, t, policies, a); err != nil {
			return err
		}
	}
	if form == asJSON {
		return p.printJSON(t)
	}
	return p.stylesFor(p.out).told(t)
}

// held holds the denied call against the policies of a folder.
func (p *program) held(ctx context.Context, t *told, policies string, a *asked) error {
	d := t.Denial
	if d.Kind != denial.Policy {
		t.Note = "No policy decided that, so the folder was not looked at."
		return nil
	}
	if d.Layer == eval.LayerTrust || d.Layer == eval.LayerResource {
		t.Note = "A folder of policies holds no trust policies and none of resources: the text alone tells."
		return nil
	}
	from, err := openFolder(policies, exampleAccount)
	if err != nil {
		return err
	}
	q, err := p.deniedCall(d, a)
	if err != nil {
		return err
	}
	t.Answer, err = from.ask(ctx, d.Principal, q)
	if m, ok := errors.AsType[*simulation.QuestionError](err); ok {
		return failed("say what the text leaves out with --region, --via and --context", "asking the policies about the call: %w", m)
	}
	if err != nil {
		return err
	}
	t.Note = compare(d, t.Answer)
	return nil
}

// deniedCall makes a question of the check that failed. A model call is asked
// about as a whole, if it is known what was called.
func (p *program) deniedCall(d *denial.Denial, a *asked) (simulation.Question, error) {
	resource := d.Resource
	if model, err := arn.Parse(resource); err == nil && model.Type() == "foundation-model" && a.via != "" {
		resource = strings.TrimPrefix(model.Resource, "foundation-model/")
	} else if model.Type() == "application-inference-profile" && a.via == "" {
		return simulation.Question{}, usageText("which model is behind %s? Say so as --via MODEL-ID", resource)
	}
	q, err := a.question(p, d.Action, resource)
	if err != nil {
		return q, usageText("%v", err)
	}
	if model, err := arn.Parse(resource); err == nil && model.Type() == "application-inference-profile" {
		q.Resource, q.Via = a.via, resource
	}
	return q, nil
}

func usageText(format string, args ...any) error {
	return &fault{cause: fmt.Errorf(format, args...), next: "see hardpan why --help", code: exitUsage}
}

// compare says what it means that text and policies agree, or do not.
func compare(d *denial.Denial, a *simulation.Answer) string {
	switch {
	case a.Allowed && d.Layer != eval.LayerIdentity && d.Policies != "":
		return "These policies allow the call; the text says that " + aOrAn(d.Policies) + " decided, which is not in the folder."
	case a.Allowed:
		return "These policies allow the call, as the text has it. Either they were changed since or are not all, or the call " +
			"went through an inference profile (say which with --via) or had other condition keys (--context)."
	case a.Explanation != nil && d.Policies != "" && !strings.Contains(a.Message, d.Policies):
		return "The text says that " + aOrAn(d.Policies) + " decided; these policies deny the call for another reason."
	}
	return ""
}

func aOrAn(policies string) string {
	if strings.HasPrefix(policies, "identity") {
		return "an " + policies
	}
	return "a " + policies
}

// told prints what the text says, and what the policies say.
func (s *styles) told(t *told) error {
	d := t.Denial
	s.printf("%s  %s\n\n", s.bad.Render("✗ denied"), s.bold.Render(cmp.Or(d.Operation, d.Action, string(d.Kind))))
	for _, f := range []struct{ name, value string }{
		{"who", d.Principal}, {"action", d.Action}, {"resource", d.Resource}, {"model", d.Model}, {"by", decider(d)}, {"policy", d.PolicyARN},
	} {
		if f.value != "" {
			s.field(f.name, f.value)
		}
	}
	if t.Note != "" {
		s.printf("\n")
		s.paragraph(2, s.bold, t.Note)
	}
	if t.Answer != nil && t.Answer.Explanation != nil {
		s.askedChecks(t.Answer.Checks)
		return s.explanation(t.Answer.Explanation)
	}
	s.heading("What the text tells")
	s.paragraph(2, lipgloss.NewStyle(), t.Advice.Meaning)
	if len(t.Advice.Next) > 0 {
		s.heading("What to do")
	}
	for _, next := range t.Advice.Next {
		s.hanging("  - ", lipgloss.NewStyle(), next)
	}
	return nil
}

func decider(d *denial.Denial) string {
	switch {
	case d.Policies == "":
		return ""
	case d.Explicit:
		return "an explicit deny in " + aOrAn(d.Policies)
	}
	return "no " + d.Policies + " allows it"
}
