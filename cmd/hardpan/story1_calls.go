package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"

	"hardpan/internal/explain"
)

// The calls of models in story 1: what is answered, what is denied, and why.

const hello = "Hello, Bedrock!"

func (t *story1) haikuAnswers(ctx context.Context) error { return t.says(ctx, t.signed, haiku) }

// says lets a model answer and shows what it says.
func (t *story1) says(ctx context.Context, c *caller, model string) error {
	said, err := c.converse(ctx, model, hello)
	if err != nil {
		return err
	}
	t.answer(said)
	if strings.TrimSpace(said) == "" {
		return unlike("the answer of "+model, "a text", "none")
	}
	t.right(model + " answers")
	return nil
}

func (t *story1) titanEmbeds(ctx context.Context) error { return t.embeds(ctx, t.signed) }

// embeds asks for vectors of the default length and of another one.
func (t *story1) embeds(ctx context.Context, c *caller) error {
	for _, dimensions := range []int{0, 256} {
		got, err := c.embed(ctx, titan, "Hardpan is a layer of hardened soil.", dimensions)
		if err != nil {
			return err
		}
		t.answer(fmt.Sprintf("\"embedding\": %d numbers, %s\n\"inputTextTokenCount\": %d", len(got.Vector), some(got.Vector), got.Tokens))
		if want := cmp.Or(dimensions, 1024); len(got.Vector) != want {
			return unlike("the embedding", fmt.Sprintf("%d numbers", want), fmt.Sprintf("%d", len(got.Vector)))
		}
		if length := norm(got.Vector); math.Abs(length-1) > 1e-3 || got.Tokens < 1 {
			return unlike("the embedding", "length 1 and a count of tokens", fmt.Sprintf("length %.4f and %d tokens", length, got.Tokens))
		}
	}
	t.right("1,024 numbers by default, 256 where they are asked for, of length 1")
	return nil
}

// some writes the first numbers of a vector that are not 0, and how many are not.
func some(vector []float64) string {
	text, count := "", 0
	for _, x := range vector {
		if x == 0 {
			continue
		}
		if count++; count <= 3 {
			text += fmt.Sprintf("%.4f, ", x)
		}
	}
	return fmt.Sprintf("%d of them not 0: %s…", count, text)
}

func norm(vector []float64) float64 {
	sum := 0.0
	for _, x := range vector {
		sum += x * x
	}
	return math.Sqrt(sum)
}

// sonnetDenied lets the holder read the decision: it is about their own call.
func (t *story1) sonnetDenied(ctx context.Context) error {
	told, err := t.denied(ctx, t.signed, sonnet, "bedrock:InvokeModel", modelPrefix+sonnet, t.holder)
	if err != nil {
		return err
	}
	_, err = t.remedyOf(told)
	return err
}

// keyDenied is the trap. An API key opens Bedrock only, so it is the
// administrator who reads the decision.
func (t *story1) keyDenied(ctx context.Context) error {
	told, err := t.denied(ctx, t.bearer, haiku, "bedrock:CallWithBearerToken", "*", t.admin)
	if err != nil {
		return err
	}
	if told.Cause != explain.CauseBearerToken {
		return unlike("the cause", string(explain.CauseBearerToken), string(told.Cause))
	}
	t.remedy, err = t.remedyOf(told)
	return err
}

// remedyOf shows the statement that would allow the call, and returns it.
func (t *story1) remedyOf(told *explain.Explanation) (json.RawMessage, error) {
	for i := range told.Remedies {
		r := &told.Remedies[i]
		if r.Kind != explain.KindPolicy || !r.Proven {
			continue
		}
		if len(r.Opens) > 0 {
			return nil, unlike("the remedy", "it opens nothing else", strings.Join(r.Opens, ", "))
		}
		return r.Document, t.st.inset(4).remedy("What would allow it", r)
	}
	return nil, unlike("the explanation", "a proven statement to add", "none")
}

// denied makes a call that has to be refused in AWS's words, and shows the
// explanation that reader gets.
func (t *story1) denied(ctx context.Context, c *caller, model, action, resource string, reader *client) (*explain.Explanation, error) {
	said, err := c.converse(ctx, model, hello)
	if err == nil {
		return nil, unlike("the answer", "AccessDeniedException", said)
	}
	no, ok := refused(err)
	if !ok {
		return nil, err
	}
	t.answer("An error occurred (" + no.code + ") when calling the Converse operation:\n" + no.message)
	want := fmt.Sprintf("User: %s is not authorized to perform: %s on resource: %s because no identity-based policy allows the %s action",
		t.key.UserARN, action, resource, action)
	switch {
	case no.code != "AccessDeniedException" || no.status != 403:
		return nil, unlike("the error", "AccessDeniedException, status 403", fmt.Sprintf("%s, status %d", no.code, no.status))
	case no.message != want:
		return nil, unlike("the message", want, no.message)
	case no.decision == "":
		return nil, unlike("the denial", "a decision id to ask about", "none")
	}
	t.right("denied: " + action + " on " + strings.TrimPrefix(resource, modelPrefix))
	return t.explained(ctx, reader, no.decision)
}

// explained reads a decision through the same API as the command why.
func (t *story1) explained(ctx context.Context, reader *client, id string) (*explain.Explanation, error) {
	raw, err := reader.decision(ctx, id)
	if err != nil {
		return nil, err
	}
	told, err := readAccount(raw)
	if err != nil {
		return nil, err
	}
	t.st.printf("\n")
	t.command("hardpan why " + id)
	t.st.paragraph(6, t.st.bold, told.Explanation.Summary)
	return &told.Explanation, nil
}

func (t *story1) applyRemedy(ctx context.Context) error {
	if len(t.remedy) == 0 {
		return errors.New("there is no remedy to apply: the step before did not give one")
	}
	if err := t.putPolicy(ctx, "bearer", string(t.remedy)); err != nil {
		return err
	}
	t.right("a second inline policy, exactly as the explanation has it")
	return nil
}

func (t *story1) keyCallsTwo(ctx context.Context) error {
	if err := t.says(ctx, t.bearer, haiku); err != nil {
		return err
	}
	return t.embeds(ctx, t.bearer)
}

func (t *story1) keyStillDenied(ctx context.Context) error {
	_, err := t.denied(ctx, t.bearer, sonnet, "bedrock:InvokeModel", modelPrefix+sonnet, t.admin)
	return err
}
