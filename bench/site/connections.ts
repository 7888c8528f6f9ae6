/** Publishers, the relay's connections to the receiver, and the cap of an endpoint that is to go as fast as it can. */
export const CONNECTIONS = 64;
