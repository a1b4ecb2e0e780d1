package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// Where a command finds its server. A server that runs leaves three files in its
// data folder, so that commands in the same folder need no settings at all.
const (
	endpointFile    = "endpoint"    // one line, its URL; there while it runs
	credentialsFile = "credentials" // the administrator's key, an AWS shared-credentials file
	caFile          = "ca.pem"      // the authority of --tls-self-signed
)

const (
	defaultDataDir  = "hardpan-data"
	defaultEndpoint = "http://127.0.0.1:8642"

	// defaultRegion is where the commands of this program go when nothing says
	// otherwise. It is never assumed for anyone else.
	defaultRegion = "us-west-2"
)

// place is how a command was told where its server is; what was not said is "".
type place struct {
	endpoint string
	dataDir  string
	region   string
}

func (l *place) addFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&l.endpoint, "endpoint", "", "URL of the server (or HARDPAN_ENDPOINT, AWS_ENDPOINT_URL,\nor the file endpoint in the data folder; else "+defaultEndpoint+")")
	cmd.Flags().StringVar(&l.dataDir, "data-dir", "", "data folder of a server on this machine (or HARDPAN_DATA_DIR;\nelse ./"+defaultDataDir+")")
	_ = cmd.MarkFlagDirname("data-dir")
}

func (l *place) addRegion(cmd *cobra.Command, purpose string) {
	cmd.Flags().StringVar(&l.region, "region", "", purpose)
}

func (l *place) folder(p *program) string {
	return cmp.Or(l.dataDir, p.getenv("HARDPAN_DATA_DIR"), defaultDataDir)
}

// file returns the absolute path of a file in the data folder, and whether it
// is there.
func (l *place) file(p *program, name string) (string, bool) {
	path := filepath.Join(l.folder(p), name)
	if absolute, err := filepath.Abs(path); err == nil {
		path = absolute
	}
	info, err := os.Stat(path)
	return path, err == nil && info.Mode().IsRegular()
}

// statement is a URL and what said that the server is there.
type statement struct{ url, from string }

// url returns the server's URL without a slash at its end, and what said so.
func (l *place) url(p *program) (statement, error) {
	written, err := l.written(p)
	if err != nil {
		return statement{}, err
	}
	return firstURL(
		statement{l.endpoint, "--endpoint"},
		statement{p.getenv("HARDPAN_ENDPOINT"), "HARDPAN_ENDPOINT"},
		statement{p.getenv("AWS_ENDPOINT_URL"), "AWS_ENDPOINT_URL"},
		written,
		statement{defaultEndpoint, "the default"},
	)
}

// written is what a server that runs has left in the data folder.
func (l *place) written(p *program) (statement, error) {
	file, _ := l.file(p, endpointFile)
	text, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return statement{}, fmt.Errorf("reading where the server is: %w", err)
	}
	return statement{strings.TrimSpace(string(text)), file}, nil
}

func firstURL(said ...statement) (statement, error) {
	s := said[slices.IndexFunc(said, func(s statement) bool { return s.url != "" })]
	u, err := url.Parse(s.url)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return s, failed("give a URL like "+defaultEndpoint, "%s says that the server is at %q, which is no URL of a server", s.from, s.url)
	}
	s.url = strings.TrimRight(s.url, "/")
	return s, nil
}

// home returns the region that this program's own calls go to.
func (l *place) home(p *program) string {
	return cmp.Or(l.region, p.getenv("AWS_REGION"), p.getenv("HARDPAN_REGION"), defaultRegion)
}
