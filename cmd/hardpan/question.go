package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hardpan/arn"
	"hardpan/internal/policydir"
	"hardpan/internal/simulation"
)

// asker answers questions about calls that nobody makes: from a folder of
// policies, or by asking a server.
type asker interface {
	ask(ctx context.Context, principal string, q simulation.Question) (*simulation.Answer, error)
}

// source says where the policies are that a question is held against.
type source struct {
	place
	policies string // a folder, or "": a server
	account  string // of a principal that is named without one, with a folder
}

// exampleAccount is the account id of AWS's documents, for policy files in which
// it does not matter.
const exampleAccount = "123456789012"

func (s *source) addFlags(cmd *cobra.Command) {
	s.addPolicies(cmd)
	s.place.addFlags(cmd)
}

func (s *source) addPolicies(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.policies, "policies", "", "a folder of policy files, to ask no server\n(doc/policy-folders.md says how it is laid out)")
	cmd.Flags().StringVar(&s.account, "account", exampleAccount, "with --policies: the account of a principal that is no ARN")
	_ = cmd.MarkFlagDirname("policies")
}

func (p *program) asker(ctx context.Context, s *source) (asker, error) {
	if s.policies == "" {
		return p.connect(ctx, s.place)
	}
	return openFolder(s.policies, s.account)
}

// folder answers from policy files.
type folder struct {
	*policydir.Folder
	account string
}

func openFolder(path, account string) (*folder, error) {
	read, err := policydir.Read(os.DirFS(path))
	if err != nil {
		return nil, failed("see doc/policy-folders.md", "%s: %w", filepath.Clean(path), err)
	}
	return &folder{read, account}, nil
}

func (f *folder) ask(_ context.Context, principal string, q simulation.Question) (*simulation.Answer, error) {
	subject, keys, err := f.Principal(principal, f.account)
	if err != nil {
		return nil, &simulation.QuestionError{Message: err.Error()}
	}
	q.Context = append(simulation.At(time.Now()), q.Context...)
	return simulation.Ask(simulation.Principal{Subject: subject, Keys: keys}, q, false)
}

// ask puts a question to the server. "me" is whoever signs.
func (c *client) ask(ctx context.Context, principal string, q simulation.Question) (*simulation.Answer, error) {
	name, err := c.principalARN(ctx, principal)
	if err != nil {
		return nil, err
	}
	told := new(simulation.Answer)
	err = c.call(ctx, http.MethodPost, "/simulations", nil, struct {
		Principal string `json:"principal"`
		simulation.Question
	}{name, q}, told)
	if r, ok := refused(err); ok && r.code == "ValidationException" {
		return nil, &simulation.QuestionError{Message: r.message}
	}
	return told, c.explain("asking about "+principal, err)
}

// principalARN completes a name like user/alice with the account of the caller.
func (c *client) principalARN(ctx context.Context, name string) (string, error) {
	if name == "me" || strings.HasPrefix(name, "arn:") {
		return strings.TrimPrefix(name, "me"), nil
	}
	me, err := c.sts().GetCallerIdentity(ctx, nil)
	if err != nil {
		return "", c.explain("asking who calls, to complete the name "+name, err)
	}
	a, err := arn.Parse(*me.Arn)
	if err != nil {
		return "", fmt.Errorf("reading who calls: %w", err)
	}
	a.Service, a.Resource = "iam", name
	switch {
	case strings.HasPrefix(name, "assumed-role/"):
		a.Service = "sts"
	case name != "root" && !strings.Contains(name, "/"):
		a.Resource = "user/" + name
	}
	return a.String(), nil
}

// asked is what flags say about a call.
type asked struct {
	region, via, bearer string
	context             []string // key=value
}

func (a *asked) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&a.via, "via", "", "the inference profile that the model is called through: id or ARN")
	cmd.Flags().StringArrayVar(&a.context, "context", nil, "a condition key of the call, as key=value; again for more keys,\nor for more values of one")
}

func (a *asked) addBearer(cmd *cobra.Command) {
	cmd.Flags().StringVar(&a.bearer, "bearer", "", "with a Bedrock API key: LONG_TERM or SHORT_TERM")
	cmd.Flags().Lookup("bearer").NoOptDefVal = "LONG_TERM"
}

// question turns flags into a question about an action on a resource.
func (a *asked) question(p *program, action, resource string) (simulation.Question, error) {
	q := simulation.Question{
		Action: action, Resource: resource, Via: a.via, Bearer: strings.ToUpper(a.bearer),
		Region: cmp.Or(a.region, p.getenv("AWS_REGION")),
	}
	if q.Bearer != "" && q.Bearer != "LONG_TERM" && q.Bearer != "SHORT_TERM" {
		return q, fmt.Errorf("--bearer is LONG_TERM or SHORT_TERM, not %s", a.bearer)
	}
	for _, text := range a.context {
		key, value, ok := strings.Cut(text, "=")
		if !ok || key == "" {
			return q, fmt.Errorf("--context is a condition key and its value, like aws:SourceIp=203.0.113.7, and not %q", text)
		}
		q.Context = with(q.Context, key, value)
	}
	return q, nil
}

// with adds a value; a key that has one already is multivalued, and so is
// aws:TagKeys always.
func with(keys []simulation.Key, name, value string) []simulation.Key {
	i := slices.IndexFunc(keys, func(k simulation.Key) bool { return strings.EqualFold(k.Name, name) })
	if i < 0 {
		return append(keys, simulation.Key{Name: name, Values: []string{value}, Multi: strings.EqualFold(name, "aws:TagKeys")})
	}
	keys[i].Values, keys[i].Multi = append(keys[i].Values, value), true
	return keys
}

// mistaken turns a question that has no answer into a usage error.
func mistaken(cmd *cobra.Command, err error) error {
	if m, ok := errors.AsType[*simulation.QuestionError](err); ok {
		return usage(cmd, "%s", strings.TrimSuffix(m.Message, "."))
	}
	return err
}
