/**
 * The schema `bookings` of the airline: tables, keys, checks and views with the names and types of the demo database of
 * Postgres Professional, so that what is said of that database holds for this one.
 */

/** What exists before the rows. */
export const tables = `
create schema bookings;
comment on schema bookings is 'Flights of an airline, and who booked them';

create function bookings.lang() returns text language sql stable
  as $$ select nullif(current_setting('bookings.lang', true), '') $$;
create function bookings.now() returns timestamptz language sql immutable
  as $$ select timestamptz '2017-08-15 15:00:00+00' $$;
comment on function bookings.now() is 'The present time of the data';

create table bookings.aircrafts_data (
  aircraft_code char(3) not null,
  model jsonb not null,
  range integer not null,
  constraint aircrafts_range_check check (range > 0)
);
create table bookings.airports_data (
  airport_code char(3) not null,
  airport_name jsonb not null,
  city jsonb not null,
  coordinates point not null,
  timezone text not null
);
create table bookings.seats (
  aircraft_code char(3) not null,
  seat_no varchar(4) not null,
  fare_conditions varchar(10) not null,
  constraint seats_fare_conditions_check check (fare_conditions in ('Economy', 'Comfort', 'Business'))
);
create table bookings.flights (
  flight_id integer not null,
  flight_no char(6) not null,
  scheduled_departure timestamptz not null,
  scheduled_arrival timestamptz not null,
  departure_airport char(3) not null,
  arrival_airport char(3) not null,
  status varchar(20) not null,
  aircraft_code char(3) not null,
  actual_departure timestamptz,
  actual_arrival timestamptz,
  constraint flights_check check (scheduled_arrival > scheduled_departure),
  constraint flights_check1
    check (actual_arrival is null or (actual_departure is not null and actual_arrival > actual_departure)),
  constraint flights_status_check
    check (status in ('On Time', 'Delayed', 'Departed', 'Arrived', 'Scheduled', 'Cancelled'))
);
create sequence bookings.flights_flight_id_seq owned by bookings.flights.flight_id;
alter table bookings.flights alter flight_id set default nextval('bookings.flights_flight_id_seq');
create table bookings.bookings (
  book_ref char(6) not null,
  book_date timestamptz not null,
  total_amount numeric(10,2) not null
);
create table bookings.tickets (
  ticket_no char(13) not null,
  book_ref char(6) not null,
  passenger_id varchar(20) not null,
  passenger_name text not null,
  contact_data jsonb
);
create table bookings.ticket_flights (
  ticket_no char(13) not null,
  flight_id integer not null,
  fare_conditions varchar(10) not null,
  amount numeric(10,2) not null,
  constraint ticket_flights_amount_check check (amount >= 0),
  constraint ticket_flights_fare_conditions_check check (fare_conditions in ('Economy', 'Comfort', 'Business'))
);
create table bookings.boarding_passes (
  ticket_no char(13) not null,
  flight_id integer not null,
  boarding_no integer not null,
  seat_no varchar(4) not null
);

create view bookings.aircrafts as
  select aircraft_code, model ->> bookings.lang() as model, range from bookings.aircrafts_data;
create view bookings.airports as
  select airport_code, airport_name ->> bookings.lang() as airport_name, city ->> bookings.lang() as city,
         coordinates, timezone
  from bookings.airports_data;
create view bookings.flights_v as
  select f.flight_id, f.flight_no,
         f.scheduled_departure, f.scheduled_departure at time zone d.timezone as scheduled_departure_local,
         f.scheduled_arrival, f.scheduled_arrival at time zone a.timezone as scheduled_arrival_local,
         f.scheduled_arrival - f.scheduled_departure as scheduled_duration,
         f.departure_airport, d.airport_name as departure_airport_name, d.city as departure_city,
         f.arrival_airport, a.airport_name as arrival_airport_name, a.city as arrival_city,
         f.status, f.aircraft_code,
         f.actual_departure, f.actual_departure at time zone d.timezone as actual_departure_local,
         f.actual_arrival, f.actual_arrival at time zone a.timezone as actual_arrival_local,
         f.actual_arrival - f.actual_departure as actual_duration
  from bookings.flights f
  join bookings.airports d on d.airport_code = f.departure_airport
  join bookings.airports a on a.airport_code = f.arrival_airport;
create view bookings.routes as
  select f.flight_no,
         f.departure_airport, d.airport_name as departure_airport_name, d.city as departure_city,
         f.arrival_airport, a.airport_name as arrival_airport_name, a.city as arrival_city,
         f.aircraft_code, f.scheduled_arrival - f.scheduled_departure as duration,
         array_agg(distinct extract(isodow from f.scheduled_departure at time zone 'UTC')::integer) as days_of_week
  from bookings.flights f
  join bookings.airports d on d.airport_code = f.departure_airport
  join bookings.airports a on a.airport_code = f.arrival_airport
  group by f.flight_no, f.departure_airport, d.airport_name, d.city, f.arrival_airport, a.airport_name, a.city,
           f.aircraft_code, duration;
`;

/** Added after the rows, in this order. */
export const constraints: readonly { readonly table: string; readonly name: string; readonly definition: string }[] = [
  ['aircrafts_data', 'aircrafts_pkey', 'primary key (aircraft_code)'],
  ['airports_data', 'airports_data_pkey', 'primary key (airport_code)'],
  ['seats', 'seats_pkey', 'primary key (aircraft_code, seat_no)'],
  ['flights', 'flights_pkey', 'primary key (flight_id)'],
  ['flights', 'flights_flight_no_scheduled_departure_key', 'unique (flight_no, scheduled_departure)'],
  ['bookings', 'bookings_pkey', 'primary key (book_ref)'],
  ['tickets', 'tickets_pkey', 'primary key (ticket_no)'],
  ['ticket_flights', 'ticket_flights_pkey', 'primary key (ticket_no, flight_id)'],
  ['boarding_passes', 'boarding_passes_pkey', 'primary key (ticket_no, flight_id)'],
  ['boarding_passes', 'boarding_passes_flight_id_boarding_no_key', 'unique (flight_id, boarding_no)'],
  ['boarding_passes', 'boarding_passes_flight_id_seat_no_key', 'unique (flight_id, seat_no)'],
  [
    'seats',
    'seats_aircraft_code_fkey',
    'foreign key (aircraft_code) references bookings.aircrafts_data (aircraft_code) on delete cascade',
  ],
  [
    'flights',
    'flights_aircraft_code_fkey',
    'foreign key (aircraft_code) references bookings.aircrafts_data (aircraft_code)',
  ],
  [
    'flights',
    'flights_departure_airport_fkey',
    'foreign key (departure_airport) references bookings.airports_data (airport_code)',
  ],
  [
    'flights',
    'flights_arrival_airport_fkey',
    'foreign key (arrival_airport) references bookings.airports_data (airport_code)',
  ],
  ['tickets', 'tickets_book_ref_fkey', 'foreign key (book_ref) references bookings.bookings (book_ref)'],
  [
    'ticket_flights',
    'ticket_flights_ticket_no_fkey',
    'foreign key (ticket_no) references bookings.tickets (ticket_no)',
  ],
  [
    'ticket_flights',
    'ticket_flights_flight_id_fkey',
    'foreign key (flight_id) references bookings.flights (flight_id)',
  ],
  [
    'boarding_passes',
    'boarding_passes_ticket_no_fkey',
    'foreign key (ticket_no, flight_id) references bookings.ticket_flights (ticket_no, flight_id)',
  ],
].map(([table = '', name = '', definition = '']) => ({ table, name, definition }));

/** Comments on tables, and on their columns in order. */
const comments: Readonly<Record<string, readonly [string, Readonly<Record<string, string>>]>> = {
  aircrafts_data: [
    'Types of aircraft',
    { aircraft_code: 'IATA code of the type', model: 'Name by language', range: 'Longest distance in km' },
  ],
  airports_data: [
    'Airports',
    {
      airport_code: 'IATA code',
      airport_name: 'Name by language',
      city: 'City by language',
      coordinates: 'Longitude and latitude in degrees',
      timezone: 'Name of the time zone',
    },
  ],
  seats: [
    'Seats of each type of aircraft',
    { aircraft_code: 'IATA code of the type', seat_no: 'Row and letter', fare_conditions: 'Class' },
  ],
  flights: [
    'Flights, planned and flown',
    {
      flight_id: 'Number of this flight',
      flight_no: 'Number of the route',
      scheduled_departure: 'Planned departure',
      scheduled_arrival: 'Planned arrival',
      departure_airport: 'Airport of departure',
      arrival_airport: 'Airport of arrival',
      status: "State of the flight; 'Scheduled' until check-in opens",
      aircraft_code: 'IATA code of the aircraft',
      actual_departure: 'Departure as flown',
      actual_arrival: 'Arrival as flown',
    },
  ],
  bookings: [
    'Bookings',
    { book_ref: 'Reference of the booking', book_date: 'Time of the booking', total_amount: 'Price of all its legs' },
  ],
  tickets: [
    'Tickets, one for each passenger of a booking',
    {
      ticket_no: 'Number of the ticket',
      book_ref: 'Booking of the ticket',
      passenger_id: "Number of the passenger's document",
      passenger_name: 'Name in capital letters',
      contact_data: 'E-mail address and phone, if known',
    },
  ],
  ticket_flights: [
    'Legs: the flights of each ticket',
    {
      ticket_no: 'Number of the ticket',
      flight_id: 'Number of the flight',
      fare_conditions: 'Class',
      amount: 'Price of the leg',
    },
  ],
  boarding_passes: [
    'Boarding passes',
    {
      ticket_no: 'Number of the ticket',
      flight_id: 'Number of the flight',
      boarding_no: 'Number of the pass on its flight',
      seat_no: 'Row and letter',
    },
  ],
};

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** The statements that add the comments. */
export const addComments: string = Object.entries(comments)
  .flatMap(([table, [comment, columns]]) => [
    `comment on table bookings.${table} is ${literal(comment)};`,
    ...Object.entries(columns).map(
      ([column, text]) => `comment on column bookings.${table}.${column} is ${literal(text)};`,
    ),
  ])
  .join('\n');
