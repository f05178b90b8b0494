/** The owner's orders as the portal shows them, checked against the pins (protocol.md 4 and 9). */

import { same } from '../protocol/bytes';
import { unb64 } from '../protocol/encoding';
import { ProtocolError } from '../protocol/errors';
import { accept, type Orders, parse } from '../protocol/orders';
import { type Directory, type Pins, withOrders } from './directory';
import { type Finding, found } from './findings';

/** The genuine orders from serial 1 on, and what is wrong with the rest. */
export interface OrderChain {
  readonly orders: readonly Orders[];
  readonly findings: readonly Finding[];
}

/** What the portal shows is not what the owner signed; the sentence says how. */
export class OrdersNotTrusted extends Error {}

/** The newest orders; throws OrdersNotTrusted unless the whole chain is genuine. */
export function newest(chain: OrderChain): Orders {
  const [first] = chain.findings;
  const last = chain.orders.at(-1);
  if (first || !last) throw new OrdersNotTrusted(first?.sentence ?? 'The portal shows no orders.');
  return last;
}

/** The pins moved along this chain, if it is genuine. */
export async function pinTo(chain: OrderChain, pins: Pins): Promise<Pins> {
  if (chain.findings.length) return pins;
  let moved = pins;
  for (const orders of chain.orders) moved = await withOrders(moved, orders);
  return moved;
}

/**
 * Every document, from serial 1.
 *
 * The pin may lag behind (a crash between the portal's yes and the directory, or another client of
 * ours): a longer chain is believed because only our key can have signed it. A shorter or a
 * different one is not.
 */
export async function check(
  raw: readonly unknown[],
  pins: Pins,
  directory: Directory,
): Promise<OrderChain> {
  const genuine: Orders[] = [];
  for (const [i, document] of raw.entries()) {
    try {
      const orders = await parse(unb64(document));
      await accept(orders, genuine.at(-1) ?? null, pins.offer.deviceId, directory.ownerKey);
      genuine.push(orders);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return { orders: genuine, findings: [found('bad-orders', null, { serial: i + 1 })] };
    }
  }
  return { orders: genuine, findings: againstPins(genuine, pins) };
}

function againstPins(genuine: readonly Orders[], pins: Pins): Finding[] {
  const serial = pins.ordersSerial;
  if (genuine.length < serial) {
    return [found('orders-rolled-back', null, { serial, found: genuine.length })];
  }
  const pinned = genuine[serial - 1];
  return pinned && same(pinned.hash, pins.ordersHash)
    ? []
    : [found('orders-replaced', null, { serial })];
}
