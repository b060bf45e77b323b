-- The enriched users. The first 21 columns and their order are the specification's; bookkeeping follows.

create table users_enriched (
  id                  bigint primary key,
  first_name          varchar(100),
  last_name           varchar(100),
  email               varchar(255),
  email_domain        varchar(100),
  phone               varchar(20),
  address             text,
  city                varchar(100),
  state               varchar(50),
  country             varchar(50),
  postal_code         varchar(20),
  created_at          timestamp,
  updated_at          timestamp,
  source_system       varchar(50),
  migration_timestamp timestamp,
  cdc_operation       varchar(10),
  full_name           varchar(200),
  email_category      varchar(20),
  inferred_country    varchar(50),
  is_valid_email_flag boolean,
  normalized_email    varchar(255),
  cdc_timestamp       timestamp,
  source_generation   integer not null,
  source_major        bigint  not null,
  source_minor        bigint  not null
) with (fillfactor = 85);
comment on table users_enriched is 'One row per user: its newest change event, enriched. A deleted user keeps its row with cdc_operation = DELETE. All times are UTC.';
comment on column users_enriched.id is 'Id of the user at the source.';
comment on column users_enriched.first_name is 'As the source has it.';
comment on column users_enriched.last_name is 'As the source has it.';
comment on column users_enriched.email is 'As the source has it.';
comment on column users_enriched.email_domain is 'Domain of the e-mail address: lower case, ASCII form.';
comment on column users_enriched.phone is 'As the source has it.';
comment on column users_enriched.address is 'As the source has it.';
comment on column users_enriched.city is 'As the source has it.';
comment on column users_enriched.state is 'As the source has it.';
comment on column users_enriched.country is 'As the source has it.';
comment on column users_enriched.postal_code is 'As the source has it.';
comment on column users_enriched.created_at is 'When the source created the user.';
comment on column users_enriched.updated_at is 'When the source last changed the user.';
comment on column users_enriched.source_system is 'System the user comes from.';
comment on column users_enriched.migration_timestamp is 'When the row was written here, by the clock of the database; a superseded event leaves it alone.';
comment on column users_enriched.cdc_operation is 'Operation of the newest event: INSERT, UPDATE or DELETE.';
comment on column users_enriched.full_name is 'First and last name, trimmed and joined.';
comment on column users_enriched.email_category is 'personal, corporate, educational, government, military, nonprofit, disposable or unknown.';
comment on column users_enriched.inferred_country is 'ISO 3166-1 alpha-2: the given country, or inferred from postal code, state, city, phone; null when unsure.';
comment on column users_enriched.is_valid_email_flag is 'Whether the e-mail address could receive mail by its form and its top-level domain.';
comment on column users_enriched.normalized_email is 'The address by which two spellings of one mailbox are equal; null when invalid.';
comment on column users_enriched.cdc_timestamp is 'When the change happened at the source.';
comment on column users_enriched.source_generation is 'Position of the row''s event at its source, first part: raised when the source starts anew.';
comment on column users_enriched.source_major is 'Position, second part: the sequence, the time in microseconds, or the offset.';
comment on column users_enriched.source_minor is 'Position, third part: decides between equal second parts.';
