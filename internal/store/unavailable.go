package store

import (
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrUnavailable is wrapped by the error of a write that the database could not
// take for a reason that is not the write's: it is away, full or read-only.
// Nothing of the write was done, except when the connection was lost during the
// commit: then it may have been done as a whole.
var ErrUnavailable = errors.New("the database does not take writes now")

// unavailable tells whether err is such a reason.
func unavailable(err error) bool {
	if lite, ok := errors.AsType[*sqlite.Error](err); ok {
		return slices.Contains(sqliteTroubles, lite.Code()&0xff) // the rest tells the kind of trouble
	}
	if told, ok := errors.AsType[*pgconn.PgError](err); ok {
		return len(told.Code) == 5 && (slices.Contains(postgresTroubles, told.Code[:2]) || slices.Contains(postgresTroubles, told.Code))
	}
	if _, ok := errors.AsType[*pgconn.ConnectError](err); ok {
		return true
	}
	if _, ok := errors.AsType[net.Error](err); ok {
		return true
	}
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || pgconn.SafeToRetry(err)
}

// sqliteTroubles are primary result codes (sqlite.org/rescode.html).
var sqliteTroubles = []int{
	sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR,
	sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PROTOCOL,
}

// postgresTroubles are classes and codes of SQLSTATE (PostgreSQL's manual,
// appendix A).
var postgresTroubles = []string{
	"08",    // connection exception
	"53",    // insufficient resources: disk full, too many connections
	"57",    // operator intervention: shutting down, starting up
	"58",    // system error, of input and output
	"40",    // rolled back: deadlock, serialization
	"25006", // read-only: a standby took over, or has not yet
	"25P03", // idle for too long within a transaction
	"55P03", // a lock could not be had
	"XX000", // internal error; a disk that fails may say so
}
