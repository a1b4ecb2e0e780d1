-- +goose Up
-- What calls used, summed. Every call that reached a model is in exactly one
-- row of usage: by the hour first; as it ages its row is added to one of the
-- day and then of the month, and is gone. Which calls a node's rows hold is
-- said by usage_node: those of its journal up to seq, whose hash proves that it
-- is the same journal. Both change in one transaction. open_from is the oldest
-- of those records that reserves for a call whose end is not among them, or 0.

CREATE TABLE usage_node (
    node      text   NOT NULL PRIMARY KEY,
    seq       bigint NOT NULL,
    hash      text   NOT NULL,
    open_from bigint NOT NULL,
    updated   bigint NOT NULL
);

-- Who used what, by what name. id is a hash of the rest.
CREATE TABLE usage_key (
    partition    text NOT NULL,
    account      text NOT NULL,
    id           text NOT NULL,
    region       text NOT NULL,
    principal    text NOT NULL,
    principal_id text NOT NULL,
    session      text NOT NULL,
    person       text NOT NULL,
    access_key   text NOT NULL,
    tags         text NOT NULL,
    model        text NOT NULL,
    profile      text NOT NULL,
    profile_kind text NOT NULL,
    backend      text NOT NULL,
    PRIMARY KEY (account, id)
);

CREATE TABLE usage (
    account     text    NOT NULL,
    start       bigint  NOT NULL,
    grain       text    NOT NULL,
    usage_key   text    NOT NULL,
    node        text    NOT NULL,
    requests    bigint  NOT NULL,
    errors      bigint  NOT NULL,
    incomplete  bigint  NOT NULL,
    estimated   bigint  NOT NULL,
    unpriced    bigint  NOT NULL,
    input       bigint  NOT NULL,
    output      bigint  NOT NULL,
    cache_read  bigint  NOT NULL,
    cache_write bigint  NOT NULL,
    images      bigint  NOT NULL,
    seconds     bigint  NOT NULL,
    nano        bigint  NOT NULL,
    PRIMARY KEY (account, start, grain, usage_key, node),
    FOREIGN KEY (account, usage_key) REFERENCES usage_key (account, id),
    FOREIGN KEY (node) REFERENCES usage_node (node)
);
CREATE INDEX usage_by_grain ON usage (grain, start);

-- What was charged to budgets, by pieces of their windows. start is in seconds
-- since 1970, 0 of a total. overruns are calls whose backend used more than it
-- was allowed.
CREATE TABLE budget_bucket (
    account  text   NOT NULL,
    budget   text   NOT NULL,
    instance text   NOT NULL,
    start    bigint NOT NULL,
    node     text   NOT NULL,
    nano     bigint NOT NULL,
    tokens   bigint NOT NULL,
    requests bigint NOT NULL,
    overruns bigint NOT NULL,
    PRIMARY KEY (account, budget, instance, start, node),
    FOREIGN KEY (node) REFERENCES usage_node (node)
);

-- +goose Down
DROP TABLE budget_bucket;
DROP TABLE usage;
DROP TABLE usage_key;
DROP TABLE usage_node;
