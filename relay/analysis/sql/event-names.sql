-- Type event_name: the types of events that there are. A join holds one byte of each outcome then, where text takes sixteen.
SELECT DISTINCT event_type FROM counted_events WHERE event_type IS NOT NULL
