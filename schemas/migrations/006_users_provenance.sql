-- Where computed values come from, so that a person can tell a given country from a guess.

alter table users_enriched
  add column phone_e164     varchar(20),
  add column country_source varchar(50);
comment on column users_enriched.phone_e164 is 'The phone number in E.164 form, such as +4930901820; null when it is no number of its country.';
comment on column users_enriched.country_source is 'Cells that decided inferred_country: country when it was given, else such as state+postal_code; null when it is null.';
