package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/bedrockruntime"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// strangeTag is a tag value of 256 characters as strange as AWS allows them: what
// a spreadsheet takes for a formula, separators of lines, ones that look alike,
// that are written from right to left, and outside of the first plane.
func strangeTag() string {
	const strange = "=1+1@:/._- \u2028\u2029\u00a0\u3000אبéＡ𝔘ǅ½Ⅷ٣"
	value := strings.Repeat(strange, 20)
	runes := []rune(value)
	return string(runes[:255]) + "e"
}

// Who has such a tag is limited, counted and exported like anybody else.
func TestATagOfStrangeCharacters(t *testing.T) {
	value, dir := strangeTag(), t.TempDir()
	if n := utf8.RuneCountInString(value); n != 256 {
		t.Fatalf("%d characters", n)
	}
	c, kill := startChild(t, dir)
	defer kill()
	client := taggedUser(t, c, "Team", value)
	own := func(line ...string) string {
		t.Helper()
		code, said := hardpan(t.Context(), nil, append(line, "--data-dir", dir)...)
		if code != 0 {
			t.Fatalf("%v: %s", line, said)
		}
		return said
	}
	own("budget", "create", "--name", "strange", "--scope", "tag:Team="+value, "--limit", "1requests", "--period", "total")
	own("budget", "create", "--name", "each", "--scope", "tag:Team=*", "--limit", "9requests", "--period", "total")
	model := killedModel
	converse := func() error {
		_, err := client.Converse(t.Context(), &bedrockruntime.ConverseInput{ModelId: &model, Messages: killedMessages})
		return err
	}
	if err := converse(); err != nil {
		t.Fatal(err)
	}
	if err := converse(); err == nil || !strings.Contains(err.Error(), `The budget "strange" (tag:Team=`+value+`)`) {
		t.Errorf("one call more than the budget has: %v", err)
	}

	var b budget
	parse(t, own("budget", "show", "each", "--output", "json"), &b)
	if len(b.Standings) != 1 || *b.Standings[0].Value != value || b.Standings[0].Settled != "1requests" {
		t.Errorf("%+v", b.Standings)
	}
	var used struct {
		Rows []struct {
			Name     string
			Requests int
		}
	}
	parse(t, own("usage", "--by", "tag:Team", "--output", "json"), &used)
	if len(used.Rows) != 1 || used.Rows[0].Name != value || used.Rows[0].Requests != 1 {
		t.Errorf("%+v", used)
	}
	for name, said := range map[string]string{
		"the budget": own("budget", "show", "each", "--output", "csv"), "usage": own("usage", "--by", "tag:Team", "--output", "csv"),
	} {
		rows, err := csv.NewReader(strings.NewReader(said)).ReadAll()
		if err != nil || len(rows) != 2 || !strings.Contains(strings.Join(rows[1], "\t"), "'"+value) { // no formula
			t.Errorf("%s: %v, %q", name, err, rows)
		}
	}
	rows, err := csv.NewReader(strings.NewReader(own("usage", "--output", "focus"))).ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("focus: %v, %q", err, rows)
	}
	var tags map[string]string
	parse(t, rows[1][slices.Index(rows[0], "Tags")], &tags)
	if tags["Team"] != value {
		t.Errorf("focus: %q", rows)
	}
}

// taggedUser makes a user with a tag who may call models, and returns a client
// of theirs.
func taggedUser(t *testing.T, c *client, key, value string) *bedrockruntime.Client {
	t.Helper()
	name, policy := aws.String("strange"), aws.String("own")
	_, err := c.iam().CreateUser(t.Context(), &iam.CreateUserInput{UserName: name, Tags: []types.Tag{{Key: &key, Value: &value}}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.iam().PutUserPolicy(t.Context(), &iam.PutUserPolicyInput{UserName: name, PolicyName: policy, PolicyDocument: aws.String(
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"bedrock:InvokeModel","Resource":"*"}}`)})
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.iam().CreateAccessKey(t.Context(), &iam.CreateAccessKeyInput{UserName: name})
	if err != nil {
		t.Fatal(err)
	}
	config := c.config.Copy()
	config.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: *out.AccessKey.AccessKeyId, SecretAccessKey: *out.AccessKey.SecretAccessKey}, nil
	})
	return bedrockruntime.NewFromConfig(config)
}

func parse(t *testing.T, text string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
}
