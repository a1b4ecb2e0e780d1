package server_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"hardpan/internal/realtools"
	"hardpan/internal/server"
)

// Two servers on one PostgreSQL are one Hardpan: a key that one makes is good at
// the other within a second, and so is what is taken away; a session minted at
// one is good at the other at once.
func TestTwoServersOnOnePostgreSQL(t *testing.T) {
	url := realtools.StartPostgres(t).Database()
	here := start(t, func(o *server.Options) { o.DatabaseURL = url })
	there := open(t, options(t, func(o *server.Options) { o.DatabaseURL, o.SealKey = url, here.opt.SealKey }))
	there.serve()
	if here.First == nil || there.First != nil {
		t.Fatalf("first starts: %v and %v", here.First, there.First)
	}
	if _, err := os.Stat(filepath.Join(there.opt.DataDir, "credentials")); !os.IsNotExist(err) {
		t.Errorf("the second server has written credentials: %v", err)
	}
	bob := here.user("bob", allow("bedrock:InvokeModel", "*"))
	within(t, time.Second, "the key is good at the other server", func() error {
		_, err := there.converse(bob, haiku)
		return err
	})
	there.root = here.root
	there.policy("bob", allow("bedrock:InvokeModel", "arn:aws:bedrock:*::foundation-model/"+titan))
	within(t, time.Second, "the policy holds at the first server", func() error {
		if _, err := here.converse(bob, haiku); err == nil {
			return fmt.Errorf("the call is still allowed")
		}
		return nil
	})
	session := here.sessionToken(bob, 3600)
	if _, err := there.sts(session).GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{}); err != nil {
		t.Error(err)
	}
}

// Two servers on one database have one limit, and each shows what the other has.
func TestABudgetOnTwoServers(t *testing.T) {
	url := realtools.StartPostgres(t).Database()
	here := start(t, func(o *server.Options) { o.DatabaseURL = url })
	there := startBeside(t, func(o *server.Options) { o.DatabaseURL, o.SealKey = url, here.opt.SealKey })
	there.root = here.root
	here.budget("shared", "account", "4requests", "total")
	within(t, time.Second, "the budget is known at the other server", func() error {
		if a := there.own(there.root, http.MethodGet, "/budgets/shared", ""); a.Status != http.StatusOK {
			return errors.New(a.Body)
		}
		return nil
	})
	for range 3 {
		if _, err := there.converse(there.root, haiku); err != nil {
			t.Fatal(err)
		}
	}
	within(t, 10*time.Second, "what the other does not need is given back", func() error {
		shown := here.own(here.root, http.MethodGet, "/budgets/shared", "").Body
		listed := here.own(here.root, http.MethodGet, "/budgets", "").Body
		const want = `"settled":"0requests","reserved":"0requests","percent":75,"closed":false,"elsewhere":"3requests"`
		if !strings.Contains(shown, want) || !strings.Contains(listed, want) {
			return errors.New(shown + listed)
		}
		return nil
	})
	if _, err := here.converse(here.root, haiku); err != nil {
		t.Error(err)
	}
	_, err := here.converse(here.root, haiku)
	refused(t, err, "ServiceQuotaExceededException", `The budget "shared"`)
}

// While the database is away, calls are decided and answered and changes are
// refused with 503; when it is back, both are well.
func TestTheDatabaseIsAway(t *testing.T) {
	postgres := realtools.StartPostgres(t)
	url := postgres.Database()
	w := start(t, func(o *server.Options) { o.DatabaseURL = url })
	bob := w.user("bob", allow("bedrock:InvokeModel", "arn:aws:bedrock:*::foundation-model/"+haiku))
	postgres.Crash()
	if _, err := w.converse(bob, haiku); err != nil {
		t.Errorf("an allowed call: %v", err)
	}
	_, err := w.converse(bob, sonnet)
	refused(t, err, "AccessDeniedException", "not authorized")
	_, err = w.iam(w.root).CreateUser(t.Context(), &iam.CreateUserInput{UserName: aws.String("eve")})
	refused(t, err, "ServiceUnavailable", "The database does not take changes now")
	if status := w.send(request{Method: "PUT", Path: "/inference-configs/" + strings.ReplaceAll("arn:aws:iam::123456789012:user/bob", "/", "%2F"), Body: `{"homeRegion":"eu-west-1"}`, Key: w.root, Service: "hardpan"}); status.Status != 503 {
		t.Errorf("a change through a JSON service: %d %s", status.Status, status.Body)
	}
	if ready := w.send(request{Method: "GET", Path: "/readyz"}); ready.Status != 200 {
		t.Errorf("not ready: %d %s", ready.Status, ready.Body)
	}
	postgres.Start()
	within(t, 5*time.Second, "changes are taken again", func() error {
		_, err := w.iam(w.root).CreateUser(t.Context(), &iam.CreateUserInput{UserName: aws.String("eve")})
		return err
	})
	if _, err := w.converse(bob, haiku); err != nil {
		t.Error(err)
	}
}

// within asks again and again until it is so, and fails after limit.
func within(t *testing.T, limit time.Duration, what string, so func() error) {
	t.Helper()
	end, tick := time.Now().Add(limit), time.NewTicker(2*time.Millisecond)
	defer tick.Stop()
	for err := so(); err != nil; err = so() {
		if time.Now().After(end) {
			t.Fatalf("within %s: %s: %v", limit, what, err)
		}
		<-tick.C
	}
}
