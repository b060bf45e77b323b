-- What people ask first. Deleted users are left out everywhere.

create view user_analytics as
select
  coalesce(inferred_country, 'unknown')                       as country,
  email_category,
  count(*)                                                    as user_count,
  count(*) filter (where is_valid_email_flag)                 as valid_email_count,
  count(distinct email_domain)                                as email_domain_count,
  min(created_at)                                             as first_created_at,
  max(updated_at)                                             as last_updated_at
from users_enriched
where cdc_operation <> 'DELETE'
group by 1, 2;
comment on view user_analytics is 'Living users by country and category of their e-mail address.';
comment on column user_analytics.country is 'ISO 3166-1 alpha-2, or unknown.';
comment on column user_analytics.email_category is 'Category of the e-mail address.';
comment on column user_analytics.user_count is 'Users.';
comment on column user_analytics.valid_email_count is 'Users with a valid address.';
comment on column user_analytics.email_domain_count is 'Different e-mail domains among them.';
comment on column user_analytics.first_created_at is 'When the first of them was created at the source.';
comment on column user_analytics.last_updated_at is 'When one of them last changed at the source.';

create view country_analytics as
select
  coalesce(inferred_country, 'unknown')                       as country,
  count(*)                                                    as user_count,
  count(*) filter (where is_valid_email_flag)                 as valid_email_count,
  round(100.0 * count(*) / sum(count(*)) over (), 2)          as percent_of_users,
  count(distinct city)                                        as city_count
from users_enriched
where cdc_operation <> 'DELETE'
group by 1;
comment on view country_analytics is 'Living users by country.';
comment on column country_analytics.country is 'ISO 3166-1 alpha-2, or unknown.';
comment on column country_analytics.user_count is 'Users.';
comment on column country_analytics.valid_email_count is 'Users with a valid address.';
comment on column country_analytics.percent_of_users is 'Share of all living users, in percent.';
comment on column country_analytics.city_count is 'Different cities among them, as the source spells them.';

create view email_domain_analytics as
select
  email_domain,
  min(email_category)                                         as email_category,
  count(*)                                                    as user_count,
  count(*) filter (where is_valid_email_flag)                 as valid_email_count,
  count(distinct inferred_country)                            as country_count
from users_enriched
where cdc_operation <> 'DELETE' and email_domain is not null
group by 1;
comment on view email_domain_analytics is 'Living users by the domain of their e-mail address.';
comment on column email_domain_analytics.email_domain is 'The domain.';
comment on column email_domain_analytics.email_category is 'Its category.';
comment on column email_domain_analytics.user_count is 'Users.';
comment on column email_domain_analytics.valid_email_count is 'Users whose whole address is valid.';
comment on column email_domain_analytics.country_count is 'Different countries among them.';

create view data_quality as
select
  source_system,
  count(*)                                                    as user_count,
  count(*) filter (where email is null or email = '')         as missing_email,
  count(*) filter (where email <> '' and not is_valid_email_flag) as invalid_email,
  count(*) filter (where full_name is null)                   as missing_name,
  count(*) filter (where phone is null or phone = '')         as missing_phone,
  count(*) filter (where country is null or country = '')     as missing_country,
  count(*) filter (where inferred_country is null)            as unresolved_country,
  count(*) filter (where country is distinct from inferred_country and inferred_country is not null) as repaired_country,
  count(*) filter (where normalized_email is not null)
    - count(distinct normalized_email)                        as duplicate_email
from users_enriched
where cdc_operation <> 'DELETE'
group by 1;
comment on view data_quality is 'What is missing, invalid or double among living users, by source system.';
comment on column data_quality.source_system is 'System the users come from.';
comment on column data_quality.user_count is 'Users.';
comment on column data_quality.missing_email is 'No e-mail address.';
comment on column data_quality.invalid_email is 'An address that cannot be valid.';
comment on column data_quality.missing_name is 'No usable name.';
comment on column data_quality.missing_phone is 'No phone number.';
comment on column data_quality.missing_country is 'No country given.';
comment on column data_quality.unresolved_country is 'Country neither given in a known spelling nor inferred.';
comment on column data_quality.repaired_country is 'Country inferred, or given in another spelling than ISO 3166-1 alpha-2.';
comment on column data_quality.duplicate_email is 'Users beyond the first with the same normalized address.';
