package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"hardpan/internal/oidctest"
	"hardpan/internal/realtools"
)

// The scripts in testdata/clients run AWS's own clients, unmodified, against a
// real server: $AWS is the AWS CLI v2, $PYTHON a Python with boto3.
func TestRealClients(t *testing.T) {
	aws, python := realtools.AWSCLI(t), realtools.Python(t)
	issuer := oidctest.Start(t) // an identity provider, for workloads without access keys
	token := func(changes map[string]any) string {
		return issuer.Token(issuer.Claims(time.Now(), "hardpan", changes))
	}
	runClients(t, "clients", func(env *testscript.Env) error {
		env.Setenv("AWS", aws)
		env.Setenv("PYTHON", python)
		env.Setenv("ISSUER", issuer.URL)
		env.Setenv("THUMBPRINT", issuer.Thumbprint)
		env.Setenv("TOKEN", token(nil))
		env.Setenv("STRANGER", token(map[string]any{"sub": "user-2"}))
		return nil
	})
}

// The scripts in testdata/jsclients run clients of three makers, unmodified, with
// $NODE.
func TestJavaScriptClients(t *testing.T) {
	node, modules := realtools.JSClients(t)
	runClients(t, "jsclients", func(env *testscript.Env) error {
		env.Setenv("NODE", node)
		return os.Symlink(modules, filepath.Join(env.WorkDir, "node_modules"))
	})
}

// The script in testdata/llama has a model server of other people's making behind
// Hardpan, at $LLAMA.
func TestRealUpstream(t *testing.T) {
	aws, python, llama := realtools.AWSCLI(t), realtools.Python(t), realtools.StartLlama(t)
	runClients(t, "llama", func(env *testscript.Env) error {
		env.Setenv("AWS", aws)
		env.Setenv("PYTHON", python)
		env.Setenv("LLAMA", llama)
		return nil
	})
}

// runClients runs a folder's scripts, in an environment that names no AWS account.
func runClients(t *testing.T, folder string, setup func(*testscript.Env) error) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", folder),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"ready": ready,
			"grab":  grab,
		},
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("AWS_EC2_METADATA_DISABLED", "true")
			env.Setenv("AWS_PAGER", "")
			return setup(env)
		},
	})
}
