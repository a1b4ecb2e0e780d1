package server_test

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// What was answered is there, however the process ended: the real program is
// killed while it answers, and started again.
func TestKilledInTheMiddle(t *testing.T) {
	noLeaks(t)
	binary := filepath.Join(t.TempDir(), "hardpan")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "hardpan/cmd/hardpan")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	w := &world{t: t, clock: &clock{}, client: &http.Client{Transport: &http.Transport{}}, root: key{ID: "AKIAEXAMPLE000000001", Secret: strings.Repeat("s", 40)}}
	w.opt.DataDir = t.TempDir()
	t.Cleanup(w.client.CloseIdleConnections)
	var sure confirmed
	for round := range 2 {
		kill := w.child(binary)
		w.busy(round, &sure, kill)
		w.client.CloseIdleConnections()
		if w.head().Seq == 0 {
			t.Fatal("the journal is empty")
		}
	}
	defer w.child(binary)()
	written := map[string]bool{}
	for _, e := range w.events() {
		written[e.ID] = true
	}
	for _, id := range sure.calls {
		if !written[id] {
			t.Errorf("call %s was answered and is not in the journal", id)
		}
	}
	out, err := w.iam(w.root).ListUsers(t.Context(), &iam.ListUsersInput{})
	if err != nil {
		t.Fatal(err)
	}
	there := map[string]bool{}
	for _, u := range out.Users {
		there[*u.UserName] = true
	}
	for _, name := range sure.users {
		if !there[name] {
			t.Errorf("user %s was made and is not there", name)
		}
	}
	if len(sure.calls) < 40 || len(sure.users) < 10 {
		t.Errorf("only %d calls and %d users: the test does too little", len(sure.calls), len(sure.users))
	}
}

// confirmed is what clients were told.
type confirmed struct {
	mu           sync.Mutex
	calls, users []string
}

func (c *confirmed) add(a answer, user string) (calls int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = append(c.calls, a.Header.Get("X-Amzn-Requestid"))
	if user != "" && a.Status == http.StatusOK {
		c.users = append(c.users, user)
	}
	return len(c.calls)
}

var greeting = regexp.MustCompile(`^Hardpan is at (http://\S+), account`)

// child starts the program and returns what kills it.
func (w *world) child(binary string) (kill func()) {
	w.t.Helper()
	cmd := exec.Command(binary, "serve", "--listen", "127.0.0.1:0", "--data-dir", w.opt.DataDir, "--account-id", account)
	cmd.Dir = w.opt.DataDir
	cmd.Env = []string{"HARDPAN_ROOT_ACCESS_KEY_ID=" + w.root.ID, "HARDPAN_ROOT_SECRET_ACCESS_KEY=" + w.root.Secret}
	out, err := cmd.StdoutPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	var once sync.Once
	kill = func() { once.Do(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }) }
	w.t.Cleanup(kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	said := greeting.FindStringSubmatch(line)
	if said == nil {
		w.t.Fatalf("it says %q, %v", line, err)
	}
	w.url = said[1]
	return kill
}

// busy has clients call until some calls were answered, then kills the server
// under the others.
func (w *world) busy(round int, sure *confirmed, kill func()) {
	enough := 30 * (round + 1)
	var clients sync.WaitGroup
	for client := range 4 {
		clients.Go(func() {
			for n := 0; ; n++ {
				user := ""
				r := request{Path: haikuPath, Body: helloBody, Key: w.root}
				if n%2 == 0 {
					user = fmt.Sprintf("u-%d-%d-%d", round, client, n)
					r = request{
						Path: "/", Body: "Action=CreateUser&Version=2010-05-08&UserName=" + user, Key: w.root, Service: "iam", Region: "us-east-1",
						Header: http.Header{"Content-Type": {"application/x-www-form-urlencoded"}},
					}
				}
				a, err := w.try(r)
				if err != nil {
					return // killed
				}
				if sure.add(a, user) >= enough {
					kill()
				}
			}
		})
	}
	clients.Wait()
}
