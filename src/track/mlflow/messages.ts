// What the thread of training and that of the sender say to each other.

export interface SenderInput {
  /** Run directory. */
  readonly directory: string;
}

/** To the sender: there is more in the outbox; or there will be no more, and it ends once it has tried to send that. */
export type ToSender = 'told' | 'last';

export type FromSender =
  /** The server has everything so far. */
  | { readonly type: 'sent' }
  | { readonly type: 'failed'; readonly reason: string }
  /** The server does not take a thing, which is left out. */
  | { readonly type: 'refused'; readonly what: string };
