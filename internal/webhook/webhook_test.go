package webhook_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hardpan/internal/identity"
	"hardpan/internal/ledger"
	"hardpan/internal/store"
	"hardpan/internal/token"
	"hardpan/internal/usage"
	"hardpan/internal/webhook"
)

const (
	account = "123456789012"
	secret  = "a secret between two"
)

var start = time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)

// world is an outbox, a receiver that answers as it is told, and a clock.
type world struct {
	t        *testing.T
	path     string
	db       *store.DB
	outbox   *webhook.Outbox
	receiver *httptest.Server
	log      *bytes.Buffer

	mu     sync.Mutex
	now    time.Time
	status int
	got    []received
}

type received struct {
	header http.Header
	body   string
	event  webhook.Event
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, path: filepath.Join(t.TempDir(), "hardpan.db"), now: start, status: http.StatusNoContent, log: &bytes.Buffer{}}
	w.receiver = httptest.NewServer(http.HandlerFunc(w.receive))
	t.Cleanup(w.receiver.Close)
	w.open()
	err := w.db.Write(t.Context(), account, start, func(tx *store.Tx) error {
		scope := identity.Scope{Partition: "aws", Account: account}
		if err := tx.Put(&identity.Account{Scope: scope, Name: "test"}); err != nil {
			return err
		}
		return tx.Put(&identity.Budget{
			Scope: scope, ID: "b-1", Name: "engineers", Covers: usage.Scope{Kind: usage.ScopeTag, Key: "UserEmail", Each: true},
			Limit: usage.Limit{Unit: usage.USD, Amount: 25e9}, Period: usage.Period{Kind: usage.Month}, Action: identity.Block, Notify: "ops",
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// open is a start of the server.
func (w *world) open() {
	var err error
	if w.db, err = store.Open(w.t.Context(), w.path); err != nil {
		w.t.Fatal(err)
	}
	w.outbox = w.beside(w.db)
	db := w.db
	w.t.Cleanup(func() { _ = db.Close() })
}

// beside is one more outbox on a database.
func (w *world) beside(db *store.DB) *webhook.Outbox {
	return webhook.New(webhook.Options{
		DB: db, Targets: map[string]webhook.Target{"ops": {URL: w.receiver.URL + "/hook", Secret: token.NewSecret(secret)}},
		Budgets: func(id string) *identity.Snapshot {
			snapshot, _ := db.Directory().Account(id)
			return snapshot
		},
		Now: w.clock, Log: slog.New(slog.NewTextHandler(w.log, nil)),
	})
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) set(status int, pass time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.status, w.now = status, w.now.Add(pass)
}

func (w *world) receive(out http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	got := received{header: r.Header, body: string(body)}
	_ = json.Unmarshal(body, &got.event)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.got = append(w.got, got)
	if w.status/100 == 3 {
		out.Header().Set("Location", "/elsewhere")
	}
	out.WriteHeader(w.status)
}

func (w *world) round() {
	w.t.Helper()
	if err := w.outbox.Round(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) count(want int) {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.got) != want {
		w.t.Fatalf("%d were received, want %d", len(w.got), want)
	}
}

func crossing(value string, percent int) ledger.Crossing {
	month := usage.Period{Kind: usage.Month}
	return ledger.Crossing{Percent: percent, Standing: ledger.Standing{
		Account: account, Budget: "b-1", Name: "engineers", Value: value, Scope: usage.Scope{Kind: usage.ScopeTag, Key: "UserEmail", Each: true},
		Limit: usage.Limit{Unit: usage.USD, Amount: 25e9}, Period: month, Settled: 20_500_000_000, Reserved: 1_000_000_000,
		At: start, Start: month.Bucket(start), Resets: month.Expires(month.Bucket(start)),
	}}
}

// What arrives says what has happened, and its signature can be checked with
// the secret alone.
func TestAThresholdIsTold(t *testing.T) {
	w := newWorld(t)
	w.outbox.Crossed(crossing("foo@example.com", 80))
	w.round()
	w.count(1)
	got := w.got[0]
	value, resets := "foo@example.com", time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	want := webhook.Event{
		ID: got.event.ID, Type: "budget.threshold", Time: start, Account: account, Budget: "engineers", ARN: "arn:aws:hardpan::123456789012:budget/engineers",
		Scope: "tag:UserEmail=*", Value: &value, Action: "block", Threshold: 80, Limit: "25.00USD", Period: "month", Settled: "20.50USD", Reserved: "1.00USD", Resets: &resets,
	}
	wanted, _ := json.Marshal(want)
	if got.body != string(wanted) {
		t.Errorf("got  %s\nwant %s", got.body, wanted)
	}
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%d.%s", start.Unix(), got.body)
	if sign := fmt.Sprintf("t=%d,v1=%s", start.Unix(), hex.EncodeToString(mac.Sum(nil))); got.header.Get("X-Hardpan-Signature") != sign {
		t.Errorf("signed %s, want %s", got.header.Get("X-Hardpan-Signature"), sign)
	}
	if got.header.Get("X-Hardpan-Delivery") != got.event.ID || got.header.Get("X-Hardpan-Attempt") != "1" {
		t.Errorf("%v", got.header)
	}
}

// The same is told once, by whichever server, after a restart too; another
// person, percent or window is another thing.
func TestTheSameIsToldOnce(t *testing.T) {
	w := newWorld(t)
	w.outbox.Crossed(crossing("foo@example.com", 80))
	w.outbox.Crossed(crossing("foo@example.com", 80))
	w.round()
	w.outbox.Crossed(crossing("foo@example.com", 80))
	w.round()
	w.count(1)
	if err := w.db.Close(); err != nil {
		t.Fatal(err)
	}
	w.open()
	w.outbox.Crossed(crossing("foo@example.com", 80))
	w.round()
	w.count(1)
	w.outbox.Crossed(crossing("foo@example.com", 100))
	w.outbox.Crossed(crossing("bar@example.com", 80))
	next := crossing("foo@example.com", 80)
	next.Start = next.Start.AddDate(0, 1, 0)
	w.outbox.Crossed(next)
	w.round()
	w.count(4)
}

// What is not taken is tried again, later each time, and given up in the end.
func TestRetries(t *testing.T) {
	w := newWorld(t)
	w.set(http.StatusInternalServerError, 0)
	w.outbox.Crossed(crossing("foo@example.com", 80))
	w.round()
	w.round() // not yet
	w.count(1)
	w.set(http.StatusFound, 5*time.Second) // no redirect is followed
	w.round()
	w.count(2)
	w.set(http.StatusOK, 9*time.Second)
	w.round() // the second pause is of ten seconds
	w.count(2)
	w.set(http.StatusOK, time.Second)
	w.round()
	w.count(3)
	w.set(http.StatusOK, 24*time.Hour)
	w.round()
	w.count(3)
	if w.got[2].header.Get("X-Hardpan-Attempt") != "3" || w.got[2].event.ID != w.got[0].event.ID {
		t.Errorf("%v", w.got[2].header)
	}
	if first, last := w.got[0].header.Get("X-Hardpan-Signature"), w.got[2].header.Get("X-Hardpan-Signature"); first == last {
		t.Error("an attempt is signed with the time of the one before")
	}

	w.outbox.Crossed(crossing("bar@example.com", 80))
	w.set(http.StatusGone, 0)
	for range 2 * webhook.MaxAttempts {
		w.round()
		w.set(http.StatusGone, time.Hour)
	}
	w.count(3 + webhook.MaxAttempts)
	if !strings.Contains(w.log.String(), "given up") {
		t.Error("the operator is not told")
	}
}

// What was heard of before the end is told after the next start.
func TestAStopLosesNothing(t *testing.T) {
	w := newWorld(t)
	w.outbox.Crossed(crossing("foo@example.com", 80))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w.outbox.Run(ctx)
	w.count(0)
	if err := w.db.Close(); err != nil {
		t.Fatal(err)
	}
	w.open()
	w.round()
	w.count(1)
}

// Of several servers one tells.
func TestOneServerTells(t *testing.T) {
	w := newWorld(t)
	other := w.beside(w.db)
	for i := range 20 {
		w.outbox.Crossed(crossing(fmt.Sprint(i), 80))
		other.Crossed(crossing(fmt.Sprint(i), 80))
	}
	var both sync.WaitGroup
	for _, o := range []*webhook.Outbox{w.outbox, other} {
		both.Go(func() {
			if err := o.Round(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	w.count(20)
}

// Nothing that anybody can read holds the secret or where the webhook leads.
func TestTheSecretIsKept(t *testing.T) {
	w := newWorld(t)
	w.receiver.Close()
	w.outbox.Crossed(crossing("foo@example.com", 80))
	w.round()
	log := w.log.String()
	if !strings.Contains(log, "cannot be reached") || strings.Contains(log, secret) || strings.Contains(log, "/hook") {
		t.Error(log)
	}
}
