/** Where an endpoint takes events. */
export const eventsAddress = (endpoint: string): string => `${endpoint.replace(/\/+$/, "")}/v1/events`;
