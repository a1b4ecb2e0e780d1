package iam_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	awssts "github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"hardpan/internal/api/iam"
	"hardpan/internal/api/sts"
	"hardpan/internal/audit"
	"hardpan/internal/door"
	"hardpan/internal/identity"
	"hardpan/internal/seal"
	"hardpan/internal/store"
)

const account = "123456789012"

// world is IAM and STS behind the real door, over a real store, called by the
// SDK's own clients.
type world struct {
	t    testing.TB
	db   *store.DB
	box  *seal.Box
	door *door.Door
	now  time.Time // as IAM sees it; the door's clock is real, as the SDK's is
	root *awsiam.Client
}

func newWorld(t testing.TB) *world {
	t.Helper()
	dir, ctx := t.TempDir(), context.Background()
	db, err := store.Open(ctx, filepath.Join(dir, "test.db"))
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	box, err := db.Box(ctx, seal.NewKey())
	must(t, err)
	journal, err := audit.Open(dir, audit.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, journal.Close()) })
	w := &world{t: t, db: db, box: box, now: time.Now().UTC().Truncate(time.Second)}
	w.door = &door.Door{
		Directory: db.Directory(), Box: box, Journal: journal, Decisions: audit.NewDecisions(audit.Limits{}, time.Now),
		Now: time.Now, Log: slog.New(slog.DiscardHandler),
	}
	w.door.Serve(iam.Table(), &iam.Service{DB: db, Box: box, Now: func() time.Time { return w.now }})
	w.door.Serve(sts.Table(), &sts.Service{DB: db, Box: box, Now: time.Now})
	w.root = w.newAccount(account)
	return w
}

// newAccount makes an account and a client of its root user.
func (w *world) newAccount(id string) *awsiam.Client {
	w.t.Helper()
	scope := identity.Scope{Partition: "aws", Account: id}
	key := &identity.AccessKey{Scope: scope, ID: identity.NewAccessKeyID(), Status: identity.Active, Created: w.now}
	secret := identity.NewSecret()
	var err error
	key.Sealed, err = w.box.Seal([]byte(secret), key.AssociatedData())
	must(w.t, err)
	must(w.t, w.db.Write(context.Background(), id, w.now, func(tx *store.Tx) error {
		if err := tx.Put(&identity.Account{Scope: scope, Name: "test", Created: w.now}); err != nil {
			return err
		}
		return tx.Put(key)
	}))
	return w.client(key.ID, secret, "")
}

func (w *world) config(id, secret, session string) aws.Config {
	return aws.Config{
		Region: "us-east-1", HTTPClient: through{w.door}, BaseEndpoint: aws.String("http://127.0.0.1:8642"),
		Credentials:      credentials.NewStaticCredentialsProvider(id, secret, session),
		RetryMaxAttempts: 1,
	}
}

func (w *world) client(id, secret, session string) *awsiam.Client {
	return awsiam.NewFromConfig(w.config(id, secret, session))
}

// user makes a user with an inline policy, or none if it is empty, and returns
// a client of theirs.
func (w *world) user(name, document string) *awsiam.Client {
	w.t.Helper()
	call(w.t, w.root.CreateUser, &awsiam.CreateUserInput{UserName: &name})
	if document != "" {
		call(w.t, w.root.PutUserPolicy, &awsiam.PutUserPolicyInput{UserName: &name, PolicyName: aws.String("p"), PolicyDocument: &document})
	}
	return w.asUser(name)
}

// asUser makes an access key for a user and returns a client with it.
func (w *world) asUser(name string) *awsiam.Client {
	w.t.Helper()
	key := call(w.t, w.root.CreateAccessKey, &awsiam.CreateAccessKeyInput{UserName: &name}).AccessKey
	return w.client(*key.AccessKeyId, *key.SecretAccessKey, "")
}

// asRole assumes a role as a user who may.
func (w *world) asRole(user *awsiam.Client, role string) *awsiam.Client {
	w.t.Helper()
	out, err := stsOf(user).AssumeRole(context.Background(), &awssts.AssumeRoleInput{RoleArn: &role, RoleSessionName: aws.String("session")})
	must(w.t, err)
	return w.client(*out.Credentials.AccessKeyId, *out.Credentials.SecretAccessKey, *out.Credentials.SessionToken)
}

// stsOf is an STS client with the credentials of an IAM client.
func stsOf(c *awsiam.Client) *awssts.Client {
	cfg := c.Options()
	return awssts.New(awssts.Options{
		Region: "us-east-1", HTTPClient: cfg.HTTPClient, BaseEndpoint: cfg.BaseEndpoint, Credentials: cfg.Credentials,
	})
}

// put stores an entity of the account as it is.
func (w *world) put(e identity.Entity) {
	w.t.Helper()
	must(w.t, w.db.Write(context.Background(), account, w.now, func(tx *store.Tx) error { return tx.Put(e) }))
}

// through sends requests to the door without a network.
type through struct{ handler http.Handler }

func (th through) Do(r *http.Request) (*http.Response, error) {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	in := httptest.NewRequestWithContext(r.Context(), r.Method, r.URL.String(), bytes.NewReader(body))
	in.Header = r.Header.Clone()
	recorder := httptest.NewRecorder()
	th.handler.ServeHTTP(recorder, in)
	return recorder.Result(), nil
}

// operation is a method of the SDK's client.
type operation[In, Out any] func(context.Context, *In, ...func(*awsiam.Options)) (*Out, error)

// call calls an operation that must succeed.
func call[In, Out any](t testing.TB, do operation[In, Out], in *In) *Out {
	t.Helper()
	out, err := do(context.Background(), in)
	if err != nil {
		t.Fatalf("%T: %v", in, err)
	}
	return out
}

// refuse calls an operation that must fail with this status, code and text.
func refuse[In, Out any](t testing.TB, do operation[In, Out], in *In, status int, code, text string) {
	t.Helper()
	_, err := do(context.Background(), in)
	refused(t, err, status, code, text)
}

func refused(t testing.TB, err error, status int, code, text string) {
	t.Helper()
	apiErr, ok := errors.AsType[smithy.APIError](err)
	if !ok {
		t.Fatalf("want %s, got %v", code, err)
	}
	if apiErr.ErrorCode() != code || (text != "" && apiErr.ErrorMessage() != text) {
		t.Errorf("got  %s: %s\nwant %s: %s", apiErr.ErrorCode(), apiErr.ErrorMessage(), code, text)
	}
	if got, ok := errors.AsType[interface {
		error
		HTTPStatusCode() int
	}](err); !ok || got.HTTPStatusCode() != status {
		t.Errorf("%s: want status %d, got %v", code, status, err)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// allow is a policy that allows actions on a resource.
func allow(resource string, actions ...string) string {
	list := ""
	for i, action := range actions {
		if i > 0 {
			list += ","
		}
		list += `"` + action + `"`
	}
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":[` + list + `],"Resource":"` + resource + `"}]}`
}

func userARN(path string) string { return "arn:aws:iam::" + account + ":user/" + path }
