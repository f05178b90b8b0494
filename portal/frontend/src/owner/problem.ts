/** What an owner must be told: the message is a sentence with the next step. */
export class Problem extends Error {}
