// Values as people read them.

/** The first and the last of some losses. */
export const loss = losses => losses?.length ? `${losses[0].toFixed(3)} → ${losses.at(-1).toFixed(3)}` : '';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

export function bytes(count) {
  if (count === undefined || count === null) {
    return '';
  }
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log2(Math.max(1, count)) / 10));
  return `${(count / 2 ** (10 * power)).toFixed(power ? 1 : 0)} ${UNITS[power]}`;
}

/** A share, as a percentage. */
export const percent = share => share === null || share === undefined ? '–' : `${(100 * share).toFixed(1)} %`;

/** Seconds, as hours, minutes and seconds. */
export function duration(seconds) {
  const whole = Math.round(seconds);
  const two = number => String(number).padStart(2, '0');
  return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}
