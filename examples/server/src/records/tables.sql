-- For SQLite and PostgreSQL. A transaction that changes an account, or the number of its images,
-- writes the account's row first, which locks it.
create table accounts (
    id text primary key,
    -- Incremented by each change to the columns after `images`.
    version bigint not null,
    -- The number of images, without drafts.
    images bigint not null,
    -- JSON in the API's format.
    variants text not null,
    signing_keys text not null,
    flexible_variants bigint not null,
    browser_ttl bigint not null
);

create table images (
    account text not null references accounts (id),
    id text not null,
    -- The position in lists: the time of the upload, then unique digits.
    position text not null,
    -- Unix milliseconds.
    uploaded bigint not null,
    creator text,
    filename text,
    meta text,
    require_signed_urls bigint not null,
    -- The key of the original.
    object text not null unique,
    digest text not null,
    bytes bigint not null,
    format text not null,
    width bigint not null,
    height bigint not null,
    has_alpha bigint not null,
    frames bigint not null,
    -- Drafts only: the digest of the upload token, and its expiry in Unix seconds.
    draft_token text,
    draft_expires bigint,
    primary key (account, id)
);

create unique index images_by_position on images (account, position);

-- Only the first characters, because PostgreSQL limits an index entry to 2704 bytes.
create index images_by_creator on images (account, substr(creator, 1, 64), position);

create index drafts_by_expiry on images (draft_expires) where draft_expires is not null;
