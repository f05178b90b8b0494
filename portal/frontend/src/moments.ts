/** Times the server wrote in UTC, in the reader's own zone and language. */

import { moment } from './words';

export function localMoments(): void {
  for (const time of document.querySelectorAll<HTMLTimeElement>('time[data-moment]')) {
    time.textContent = moment(Number(time.dataset.moment));
  }
}
