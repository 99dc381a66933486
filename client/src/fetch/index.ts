/**
 * A fetch for calls to a recommender: the call carries the request's id, a retry carries the same one, and where the server worked under an
 * id of its own, the request takes that.
 */
export { trackedFetch, type TrackedAnswer, type TrackedFetchOptions } from "./tracked-fetch.ts";
