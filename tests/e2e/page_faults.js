// What is wrong with this page for somebody who can't see it well, or at all: one sentence for each fault.
() => {
  const CONTRAST = 4.5, LARGE_CONTRAST = 3, LARGE_PX = 24, LARGE_BOLD_PX = 18.66, BOLD = 700;
  const faults = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  const isShown = (element) => element.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true });
  const told = (element) => element.outerHTML.replace(/\s+/g, ' ').slice(0, 80);
  const say = (fault, element) => faults.push(element ? `${fault}: ${told(element)}` : fault);

  function nameOf(element) {
    const by = (element.getAttribute('aria-labelledby') ?? '').split(' ').filter(Boolean);
    const labels = [...(element.labels ?? []), ...by.map((id) => document.getElementById(id)).filter(Boolean)];
    const texts = [element.getAttribute('aria-label'), ...labels.map((label) => label.textContent)];
    if (!['INPUT', 'SELECT', 'TEXTAREA'].includes(element.tagName)) texts.push(element.textContent);
    return texts.some((text) => text?.trim());
  }

  function parsed(color) {
    const numbers = color.match(/[\d.]+/g).map(Number);
    const scale = color.startsWith('color(srgb') ? 255 : 1;
    const [red, green, blue, alpha = 1] = color.startsWith('color(') ? numbers.slice(-4) : numbers;
    return { channels: [red, green, blue].map((channel) => channel * scale), alpha };
  }

  function groundOf(element) {
    for (let at = element; at; at = at.parentElement) {
      const { channels, alpha } = parsed(getComputedStyle(at).backgroundColor);
      if (alpha === 1) return channels;
    }
    return matchMedia('(prefers-color-scheme: dark)').matches ? [18, 18, 18] : [255, 255, 255];
  }

  function luminance(channels) {
    const linear = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    const [red, green, blue] = channels.map((channel) => linear(channel / 255));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  function contrastOf(element) {
    const [low, high] = [parsed(getComputedStyle(element).color).channels, groundOf(element)]
      .map(luminance)
      .sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  }

  function neededContrast(element) {
    const { fontSize, fontWeight } = getComputedStyle(element);
    const isLarge = parseFloat(fontSize) >= (fontWeight >= BOLD ? LARGE_BOLD_PX : LARGE_PX);
    return isLarge ? LARGE_CONTRAST : CONTRAST;
  }

  const hasOwnText = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());

  if (!document.documentElement.lang) say('no language');
  if (!document.title.trim()) say('no title');
  if (all('h1').filter(isShown).length !== 1) say(`${all('h1').filter(isShown).length} visible h1`);
  if (all('main').length !== 1) say(`${all('main').length} main`);
  if (document.documentElement.scrollWidth > innerWidth) say('it scrolls sideways');

  const levels = all('h1, h2, h3, h4').filter(isShown).map((heading) => Number(heading.tagName[1]));
  if (levels.some((level, index) => level > (levels[index - 1] ?? 0) + 1)) say(`headings skip a level: ${levels}`);

  const ids = all('[id]').map((element) => element.id);
  for (const id of new Set(ids.filter((id, index) => ids.indexOf(id) !== index))) say(`the id ${id} is there twice`);
  for (const name of ['aria-describedby', 'aria-labelledby', 'for'])
    for (const element of all(`[${name}]`))
      for (const id of element.getAttribute(name).split(' '))
        if (!document.getElementById(id)) say(`${name} names nothing`, element);

  for (const element of all('input:not([type=hidden]), select, textarea, button, a[href]'))
    if (isShown(element) && !nameOf(element)) say('no name', element);
  for (const image of all('img')) if (image.getAttribute('alt') === null) say('no alt', image);
  for (const element of all('body *'))
    if (hasOwnText(element) && isShown(element) && !element.closest(':disabled, svg, .enter-key')) {
      const contrast = contrastOf(element);
      if (contrast < neededContrast(element)) say(`contrast ${contrast.toFixed(2)}`, element);
    }
  return faults;
}
