/**
 * The visible part of the picture: zoom and pan by wheel, drag, keys and buttons, all through the `viewBox`. Sets the zoom level
 * (`data-level`), so that the style can hide text that is too small to read.
 */

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const STEP = 1.3;
const NEAREST = 4;
/** Pixels that a pressed pointer may move before a drag starts. */
const SLACK = 4;
/** Share of the window that one arrow key moves. */
const STRIDE = 0.15;

export class Viewport {
  readonly #svg: SVGSVGElement;
  readonly #whole: Box;
  /** Screen pixels per pixel of the picture. */
  #scale = 1;
  /** The point of the picture in the middle of the window. */
  #x = 0;
  #y = 0;

  constructor(svg: SVGSVGElement) {
    this.#svg = svg;
    // A copy: baseVal follows the attribute.
    const { x, y, width, height } = svg.viewBox.baseVal;
    this.#whole = { x, y, width, height };
    this.#listen();
    this.fit();
  }

  fit(): void {
    const { width, height } = this.#window();
    const scale = Math.min(width / this.#whole.width, height / this.#whole.height);
    this.#x = this.#whole.x + this.#whole.width / 2;
    this.#y = this.#whole.y + this.#whole.height / 2;
    this.#show(Math.min(scale, 1.25));
  }

  zoomIn(): void {
    this.#show(this.#scale * STEP);
  }

  zoomOut(): void {
    this.#show(this.#scale / STEP);
  }

  /** Moves a place to the middle, and zooms in until it is readable. */
  goTo({ x, y, width, height }: Box): void {
    this.#x = x + width / 2;
    this.#y = y + height / 2;
    this.#show(Math.max(this.#scale, 0.8));
  }

  #window(): { readonly width: number; readonly height: number } {
    return { width: Math.max(1, this.#svg.clientWidth), height: Math.max(1, this.#svg.clientHeight) };
  }

  #show(scale: number): void {
    const { width, height } = this.#window();
    const farthest = Math.min(width / this.#whole.width, height / this.#whole.height, 1) / 2;
    this.#scale = Math.min(NEAREST, Math.max(farthest, scale));
    const [seenWidth, seenHeight] = [width / this.#scale, height / this.#scale];
    this.#svg.setAttribute(
      'viewBox',
      `${this.#x - seenWidth / 2} ${this.#y - seenHeight / 2} ${seenWidth} ${seenHeight}`,
    );
    this.#svg.dataset.level = this.#scale < 0.25 ? 'far' : this.#scale < 0.5 ? 'middle' : 'near';
  }

  /** The point under the pointer does not move. */
  #zoomAt(factor: number, clientX: number, clientY: number): void {
    const { left, top, width, height } = this.#svg.getBoundingClientRect();
    const [fromMiddleX, fromMiddleY] = [clientX - left - width / 2, clientY - top - height / 2];
    const before = this.#scale;
    this.#show(before * factor);
    const change = 1 / before - 1 / this.#scale;
    this.#x += fromMiddleX * change;
    this.#y += fromMiddleY * change;
    this.#show(this.#scale);
  }

  #panBy(pixelsX: number, pixelsY: number): void {
    this.#x += pixelsX / this.#scale;
    this.#y += pixelsY / this.#scale;
    this.#show(this.#scale);
  }

  #listen(): void {
    const svg = this.#svg;
    svg.addEventListener(
      'wheel',
      event => {
        event.preventDefault();
        const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * 20 : event.deltaY;
        this.#zoomAt(Math.exp(-pixels / (event.ctrlKey ? 150 : 500)), event.clientX, event.clientY);
      },
      { passive: false },
    );
    svg.addEventListener('keydown', event => this.#onKey(event));
    new ResizeObserver(() => this.#show(this.#scale)).observe(svg);
    this.#listenForDrags();
  }

  #onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { width, height } = this.#window();
    switch (event.key) {
      case 'ArrowLeft':
        this.#panBy(-width * STRIDE, 0);
        break;
      case 'ArrowRight':
        this.#panBy(width * STRIDE, 0);
        break;
      case 'ArrowUp':
        this.#panBy(0, -height * STRIDE);
        break;
      case 'ArrowDown':
        this.#panBy(0, height * STRIDE);
        break;
      case '+':
      case '=':
        this.zoomIn();
        break;
      case '-':
        this.zoomOut();
        break;
      case '0':
        this.fit();
        break;
      default:
        return;
    }
    event.preventDefault();
  }

  /** The pointer is captured only after it moves: until then a press may be a click on a box. */
  #listenForDrags(): void {
    const svg = this.#svg;
    let from: { x: number; y: number } | undefined;
    let isDragging = false;
    svg.addEventListener('pointerdown', event => {
      if (event.button === 0) from = { x: event.clientX, y: event.clientY };
    });
    svg.addEventListener('pointermove', event => {
      if (from === undefined) return;
      if (!isDragging) {
        if (Math.hypot(event.clientX - from.x, event.clientY - from.y) < SLACK) return;
        isDragging = true;
        svg.setPointerCapture(event.pointerId);
        svg.classList.add('dragging');
      }
      this.#panBy(from.x - event.clientX, from.y - event.clientY);
      from = { x: event.clientX, y: event.clientY };
    });
    const end = (): void => {
      from = undefined;
      isDragging = false;
      svg.classList.remove('dragging');
    };
    svg.addEventListener('pointerup', end);
    svg.addEventListener('pointercancel', end);
  }
}
