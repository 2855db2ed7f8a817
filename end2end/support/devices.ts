// The two ways people come: a resident's phone, a desk's screen.

/** A narrow phone of an elder. */
export const PHONE = { viewport: { width: 360, height: 800 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
/** A desk. */
export const DESK = { viewport: { width: 1280, height: 800 }, hasTouch: false, isMobile: false, deviceScaleFactor: 1 };

/** Where a page is looked at. */
export type Device = 'phone' | 'desk';
/** Their settings. */
export const DEVICES = { phone: PHONE, desk: DESK } as const;
