/** Where an endpoint takes events; one that names that place already is used as it is. */
export const eventsAddress = (endpoint: string): string => endpoint.replace(/\/*(\/v1\/events)?\/*$/, "/v1/events");
