// The two devices of the tests: a resident's phone, a staff desktop.

/** A narrow phone. */
export const PHONE = { viewport: { width: 360, height: 800 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
/** A desktop screen. */
export const DESK = { viewport: { width: 1280, height: 800 }, hasTouch: false, isMobile: false, deviceScaleFactor: 1 };

/** The device on which a page is checked. */
export type Device = 'phone' | 'desk';
/** The settings of the devices. */
export const DEVICES = { phone: PHONE, desk: DESK } as const;
