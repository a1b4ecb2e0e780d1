package main

import (
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"hardpan/internal/realtools"
)

// The scripts in testdata/clients run AWS's own clients, unmodified, against a
// real server: $AWS is the AWS CLI v2, $PYTHON a Python with boto3.
func TestRealClients(t *testing.T) {
	aws, python := realtools.AWSCLI(t), realtools.Python(t)
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "clients"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"ready": ready,
			"grab":  grab,
		},
		Setup: func(env *testscript.Env) error {
			env.Setenv("AWS", aws)
			env.Setenv("PYTHON", python)
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("AWS_EC2_METADATA_DISABLED", "true")
			env.Setenv("AWS_PAGER", "")
			return nil
		},
	})
}
