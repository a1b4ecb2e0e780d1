package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

const (
	// oldestPostgres is the oldest release that the tests stand for.
	oldestPostgres = 14

	postgresWriters = 8
	connectTime     = 5 * time.Second

	// frozenWriter is how long a write that does nothing may hold an account
	// before PostgreSQL ends it: a node that froze must not stop the others.
	frozenWriter = time.Minute
)

// OpenPostgres opens a PostgreSQL database, brings its schema up to date, loads
// the directory and follows what other nodes write. Any number of processes may
// have it open. It fails if the database cannot be reached, is older than
// PostgreSQL 14, or was written by a newer hardpan. Errors never hold the
// password. log hears when following breaks off and goes on.
func OpenPostgres(ctx context.Context, url string, log *slog.Logger) (*DB, error) {
	e, cfg, err := postgresEngine(ctx, url)
	if err != nil {
		return nil, err
	}
	db, err := open(ctx, e)
	if err != nil {
		return nil, err
	}
	db.follower = startFollower(db, cfg, log)
	return db, nil
}

// postgresEngine reaches a PostgreSQL database, and tells what to do if it
// cannot.
func postgresEngine(ctx context.Context, text string) (e engine, cfg *pgx.ConnConfig, err error) {
	cfg, err = postgresConfig(text)
	if err != nil {
		return e, nil, err
	}
	pool := func(connections int) *sql.DB {
		db := stdlib.OpenDB(*cfg, stdlib.OptionAfterConnect(checkPostgres))
		db.SetMaxOpenConns(connections)
		db.SetMaxIdleConns(connections)
		db.SetConnMaxIdleTime(5 * time.Minute)
		return db
	}
	e = engine{
		name: withoutPassword(text), dialect: goose.DialectPostgres, write: pool(postgresWriters), read: pool(readers),
		moment: sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead},
	}
	if err := e.write.PingContext(ctx); err != nil {
		err = fmt.Errorf("reaching the database %s: %w\n%s", e.name, err, remedyFor(err))
		return e, nil, errors.Join(err, e.close())
	}
	return e, cfg, nil
}

// postgresConfig reads the URL and adds what a connection needs, where the URL
// does not say otherwise.
func postgresConfig(text string) (*pgx.ConnConfig, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return nil, errors.New("a database URL looks like postgres://user@host:5432/database; the password may stand in a file, see PGPASSFILE")
	}
	cfg, err := pgx.ParseConfig(text)
	if err != nil {
		return nil, fmt.Errorf("reading the database URL %s: %w", withoutPassword(text), err)
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = connectTime
	}
	for name, value := range map[string]string{
		"application_name":                    "hardpan",
		"idle_in_transaction_session_timeout": strconv.FormatInt(frozenWriter.Milliseconds(), 10),
	} {
		if _, given := cfg.RuntimeParams[name]; !given {
			cfg.RuntimeParams[name] = value
		}
	}
	return cfg, nil
}

// checkPostgres looks at each new connection: there may be several servers
// behind one URL.
func checkPostgres(ctx context.Context, conn *pgx.Conn) error {
	version := conn.PgConn().ParameterStatus("server_version")
	if n := leadingNumber(version); n < oldestPostgres {
		return &unfitError{fmt.Sprintf("it is PostgreSQL %s, and hardpan needs %d or newer", version, oldestPostgres)}
	}
	if encoding := conn.PgConn().ParameterStatus("server_encoding"); encoding != "UTF8" {
		return &unfitError{fmt.Sprintf("its encoding is %s, and hardpan needs UTF8: create the database with ENCODING 'UTF8' TEMPLATE template0", encoding)}
	}
	// An answered write has to be on disk, whatever the server's default is.
	_, err := conn.Exec(ctx, `SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'`)
	return err
}

// unfitError says that a database is not one that can be used.
type unfitError struct{ why string }

func (e *unfitError) Error() string { return e.why }

// leadingNumber reads the 15 of "15.18 (Debian …)" and of "15beta1".
func leadingNumber(text string) int {
	end := strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' })
	if end < 0 {
		end = len(text)
	}
	n, _ := strconv.Atoi(text[:end])
	return n
}

// remedyFor says what to do when a database cannot be reached.
func remedyFor(err error) string {
	var unfit *unfitError
	if errors.As(err, &unfit) {
		return "give another database with --database-url"
	}
	var told *pgconn.PgError
	if errors.As(err, &told) {
		switch {
		case told.Code == "3D000":
			return "make the database first, for example with createdb, or name one that exists in --database-url"
		case strings.HasPrefix(told.Code, "28"):
			return "check user and password in --database-url (or PGPASSWORD, PGPASSFILE) and the server's pg_hba.conf"
		case told.Code == "57P03" || told.Code == "53300":
			return "the database server is there but takes no connections now: try again, or look into its log"
		}
	}
	return "start the database server, or check host and port in --database-url (HARDPAN_DATABASE_URL, database_url)"
}

// withoutPassword is a URL for people to read. A password may stand before the
// host or among the parameters.
func withoutPassword(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return "(not a URL)"
	}
	if q := u.Query(); q.Has("password") || q.Has("sslpassword") {
		for _, name := range []string{"password", "sslpassword"} {
			if q.Has(name) {
				q.Set(name, "xxxxx")
			}
		}
		u.RawQuery = q.Encode()
	}
	return u.Redacted()
}

// schemaLock is the advisory lock that a node holds while it changes the schema.
const schemaLock = 0x68617264 // "hard"

// exclusively lets one node at a time change the schema.
func (e engine) exclusively(ctx context.Context, fn func() error) (err error) {
	if e.dialect != goose.DialectPostgres {
		return fn() // the lock file does it
	}
	conn, err := e.write.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if _, err := conn.ExecContext(ctx, `SELECT pg_advisory_lock($1)`, schemaLock); err != nil {
		return fmt.Errorf("waiting for another node that changes the schema: %w", err)
	}
	defer func() {
		_, unlock := conn.ExecContext(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, schemaLock)
		err = errors.Join(err, unlock)
	}()
	return fn()
}
